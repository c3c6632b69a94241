# Expected values of the models, from R 4.2.2 with survey 4.1-1 and jsonlite.
# Run from the project's root: Rscript tests/golden/make_fits.R
# Writes tests/golden/r_fits.json: a case a line with the R call; parameters stand in the order of R's coef().

suppressPackageStartupMessages({library(survey); library(jsonlite)})
options(survey.multicore = FALSE, warn = -1)
here <- "tests/golden"
read <- function(name) read.csv(file.path(here, paste0(name, ".csv")), stringsAsFactors = TRUE, na.strings = c("NA", ""))
api_strat <- read("api_strat"); api_clus1 <- read("api_clus1"); api_clus2 <- read("api_clus2")
nhanes <- read("nhanes"); noise <- read("noise")
strat <- svydesign(id = ~1, strata = ~stype, weights = ~pw, fpc = ~fpc, data = api_strat)
clus1 <- svydesign(id = ~dnum, weights = ~pw, fpc = ~fpc, data = api_clus1)
clus2 <- svydesign(id = ~dnum + snum, weights = ~pw, fpc = ~fpc1 + fpc2, data = api_clus2)
nhanes_design <- svydesign(id = ~SDMVPSU, strata = ~SDMVSTRA, weights = ~WTMEC2YR, nest = TRUE, data = nhanes)
noise_design <- svydesign(id = ~1, weights = ~w, data = noise)
calibrated <- calibrate(clus1, ~stype, c("(Intercept)" = 6194, stypeH = 755, stypeM = 1018))
jkn <- as.svrepdesign(strat, type = "JKn")
jk1 <- as.svrepdesign(clus1, type = "JK1")

flat <- function(x) unname(as.vector(x))
tight <- glm.control(epsilon = 1e-15, maxit = 100)
attempt <- function(code) tryCatch(code, error = function(e) list(chisq = NA, lambda = NA, p = NA))
lines <- c()
line <- function(...) lines <<- c(lines, toJSON(list(...), digits = I(17), auto_unbox = TRUE, na = "null"))

glm_case <- function(design, formula, family, terms = c(), working = FALSE, subset = NULL) {
  d <- get(design)
  if (!is.null(subset)) d <- eval(bquote(subset(d, .(subset))))
  assign("d", d, envir = globalenv())
  fit <- eval(bquote(svyglm(.(formula), design = d, family = .(as.name(family))(), control = tight)))
  tests <- lapply(terms, function(term) {
    wald <- regTermTest(fit, term); chisq <- regTermTest(fit, term, df = Inf)
    found <- list(term = term, F = flat(wald$Ftest), q = wald$df, df = wald$ddf, p = flat(wald$p), chisq = flat(chisq$chisq), chisq_p = flat(chisq$p))
    if (working) {
      # Where R's search for the saddlepoint fails there is no value.
      lrt <- attempt(regTermTest(fit, term, method = "LRT")); ww <- attempt(regTermTest(fit, term, method = "WorkingWald"))
      inf <- attempt(regTermTest(fit, term, method = "LRT", df = Inf))
      found <- c(found, list(lrt = lrt$chisq / mean(lrt$lambda), lrt_p = flat(lrt$p), ww = flat(ww$chisq) / mean(ww$lambda), ww_p = flat(ww$p), lrt_inf_p = flat(inf$p)))
    }
    found
  })
  where <- if (is.null(subset)) "" else paste0("subset(", design, ", ", deparse(subset), ")")
  line(call = sprintf("svyglm(%s, %s, family = %s(), control = glm.control(epsilon = 1e-15, maxit = 100))", deparse1(formula), if (where == "") design else where, family),
    kind = "glm", design = design, formula = deparse1(formula), family = family, where = if (is.null(subset)) NA else deparse(subset),
    coef = flat(coef(fit)), vcov = flat(vcov(fit)), df = fit$df.residual, t = flat(summary(fit)$coefficients[, 3]), p = flat(summary(fit)$coefficients[, 4]),
    low = flat(confint(fit)[, 1]), high = flat(confint(fit)[, 2]), dispersion = flat(summary(fit)$dispersion)[1], deviance = fit$deviance,
    n = length(fit$y), tests = I(tests))
}

olr_case <- function(design, formula, terms = c(), subset = NULL) {
  d <- get(design)
  if (!is.null(subset)) d <- eval(bquote(subset(d, .(subset))))
  assign("d", d, envir = globalenv())
  plain <- eval(bquote(svyolr(.(formula), design = d)))
  size <- length(coef(plain))
  fit <- eval(bquote(svyolr(.(formula), design = d, control = list(reltol = 1e-16, maxit = 10000, ndeps = rep(1e-5, .(size))))))
  tests <- lapply(terms, function(term) {
    wald <- regTermTest(fit, term)
    list(term = term, F = flat(wald$Ftest), q = wald$df, df = wald$ddf, p = flat(wald$p))
  })
  where <- if (is.null(subset)) "" else paste0("subset(", design, ", ", deparse(subset), ")")
  line(call = sprintf("svyolr(%s, %s, control = list(reltol = 1e-16, maxit = 10000, ndeps = rep(1e-5, %d)))", deparse1(formula), if (where == "") design else where, size),
    kind = "ordinal", design = design, formula = deparse1(formula), where = if (is.null(subset)) NA else deparse(subset),
    names = names(fit$zeta), coef = flat(coef(fit)), vcov = flat(vcov(fit)), df = fit$df.residual, tests = I(tests))
}

glm_case("strat", api00 ~ ell + meals + mobility, "gaussian", c("ell", "meals"), TRUE)
glm_case("strat", wide ~ ell + meals + mobility, "quasibinomial", c("ell", "mobility"), TRUE)
glm_case("strat", sch_wide ~ stype + meals, "binomial", c("stype", "meals"), TRUE)
glm_case("strat", enroll ~ stype * awards + ell, "quasipoisson", c("stype:awards", "ell"), TRUE)
glm_case("strat", api_m ~ stype + log(enroll) + I(meals^2), "gaussian", c("stype"))
glm_case("strat", no_ell ~ stype:meals + awards, "binomial", c("stype:meals"), TRUE)
glm_case("strat", api00 ~ stype - 1, "gaussian", c("stype"))
glm_case("strat", api00 ~ 1, "gaussian")
glm_case("strat", good ~ ell + mobility, "binomial", c("ell"), TRUE, quote(awards == "Yes"))
glm_case("clus1", wide ~ ell + meals + mobility, "quasibinomial", c("ell", "meals"), TRUE)
glm_case("clus1", api00 ~ stype * comp_imp + ell, "gaussian", c("stype:comp_imp"), TRUE)
glm_case("clus1", api_stu ~ stype + meals, "poisson", c("stype"), TRUE)
glm_case("clus1", wide ~ stype + meals, "binomial", c("meals"), FALSE, quote(enroll > 300))
glm_case("clus2", api00 ~ stype + ell, "gaussian", c("stype"), TRUE)
glm_case("clus2", wide ~ meals + api_m, "binomial", c("meals"))
glm_case("nhanes_design", chol ~ race * sex, "binomial", c("race", "race:sex"))
glm_case("nhanes_design", chol ~ race + age, "quasibinomial", c("race"), FALSE, quote(age != "a18"))
glm_case("noise_design", high ~ sex + age_group + place + distance, "binomial", c("age_group", "place"), TRUE)
glm_case("noise_design", nights ~ sex + distance, "poisson", c("sex"), TRUE)
glm_case("calibrated", wide ~ ell + meals + stype, "binomial", c("stype"), TRUE)
glm_case("calibrated", api00 ~ ell + api99, "gaussian", c("ell"), FALSE, quote(awards == "Yes"))
glm_case("jkn", wide ~ ell + meals + stype, "quasibinomial", c("stype"), TRUE)
glm_case("jkn", api00 ~ stype + ell, "gaussian", c("stype"), FALSE, quote(awards == "Yes"))
glm_case("jk1", enroll ~ stype + meals, "quasipoisson", c("stype"), TRUE)

olr_case("strat", band ~ ell + stype, c("stype", "ell"))
olr_case("clus1", band ~ meals + awards, c("meals"))
olr_case("clus2", band ~ meals + stype)
olr_case("noise_design", annoyed ~ sex + age_group * place + distance, c("age_group", "age_group:place"))
olr_case("strat", band ~ ell + meals, c("ell"), quote(awards == "Yes"))
olr_case("calibrated", band ~ meals + stype, c("stype"))
# Average marginal effects, from R's glm alone: replicates through withReplicates; the linearised variance through the
# numeric derivative of the effects by each row's weight.
effects_of <- function(formula, family, variables) function(w, data) {
  data$.w <- w / mean(w)
  fit <- eval(bquote(glm(.(formula), data = data, weights = .w, family = .(as.name(family))(), control = tight)))
  mean_of <- function(d) sum(w * predict(fit, d, type = "response")) / sum(w)
  unlist(lapply(variables, function(v) {
    if (is.numeric(data[[v]])) {
      h <- sd(data[[v]]) * 1e-3
      at <- function(k) { d <- data; d[[v]] <- d[[v]] + k * h; mean_of(d) }
      return((8 * (at(1) - at(-1)) - (at(2) - at(-2))) / (12 * h))
    }
    at <- function(l) { d <- data; d[[v]][] <- l; mean_of(d) }
    sapply(levels(data[[v]])[-1], at) - at(levels(data[[v]])[1])
  }))
}
margins_case <- function(design, formula, family, variables) {
  d <- get(design); theta <- effects_of(formula, family, variables)
  if (inherits(d, "svyrep.design")) {
    found <- withReplicates(d, theta)
    estimate <- coef(found); v <- vcov(found)
  } else {
    w <- weights(d); estimate <- theta(w, d$variables)
    influence <- t(sapply(seq_along(w), function(i) {
      h <- w[i] * 1e-3; up <- w; up[i] <- w[i] + h; down <- w; down[i] <- w[i] - h
      w[i] * (theta(up, d$variables) - theta(down, d$variables)) / (2 * h)
    }))
    v <- vcov(svytotal(influence / w, d))
  }
  line(call = sprintf("withReplicates(%s, average marginal effects of glm(%s, %s))", design, deparse1(formula), family),
    kind = "margins", design = design, formula = deparse1(formula), family = family, estimate = flat(estimate), vcov = flat(v))
}
margins_case("strat", wide ~ stype * meals + ell, "quasibinomial", c("stype", "meals", "ell"))
margins_case("jkn", wide ~ stype + meals + ell, "quasibinomial", c("stype", "meals", "ell"))
margins_case("calibrated", enroll ~ stype + log(meals) + ell, "quasipoisson", c("stype", "meals", "ell"))
margins_case("jk1", api00 ~ awards * meals + I(ell^2), "gaussian", c("awards", "meals", "ell"))
writeLines(c("[", paste0(lines, c(rep(",", length(lines) - 1), "")), "]"), file.path(here, "r_fits.json"))
