# Expected values for the tests, from R 4.2.2 with survey 4.1-1.
# Run from the project's root (two minutes): Rscript tests/golden/make_golden.R
# Writes tests/golden/r_*.json (one case a line: the R call, the same question in this package's words, R's answer) and
# the data as CSV. r_survey.json and r_replicates.json are older and are not written here.

suppressPackageStartupMessages({library(survey); library(survival)})
options(survey.multicore = FALSE, warn = -1)
here <- "tests/golden"

# ---- JSON ------------------------------------------------------------------------------------------------------------
number <- function(x) {
  if (is.na(x) || is.nan(x)) return("null")
  if (is.infinite(x)) return(if (x > 0) "Infinity" else "-Infinity")
  for (digits in 15:17) {
    text <- sprintf("%.*g", digits, x)
    if (as.numeric(text) == x) break
  }
  text
}
json <- function(x) {
  if (is.null(x)) return("null")
  if (is.list(x)) {
    parts <- vapply(x, json, "")
    if (is.null(names(x))) return(paste0("[", paste(parts, collapse = ","), "]"))
    return(paste0("{", paste0(vapply(names(x), function(n) encodeString(n, quote = '"'), ""), ":", parts, collapse = ","), "}"))
  }
  if (inherits(x, "AsIs") || length(x) != 1) return(json(lapply(as.vector(unclass(x)), identity)))
  if (is.logical(x)) return(if (is.na(x)) "null" else tolower(as.character(x)))
  if (is.character(x)) return(if (is.na(x)) "null" else encodeString(x, quote = '"'))
  number(as.numeric(x))
}
vec <- function(x) I(unname(as.vector(as.numeric(x))))
matrix_rows <- function(v) lapply(seq_len(nrow(v)), function(i) vec(v[i, ]))

attempt <- function(code) tryCatch(code, error = function(e) list(error = conditionMessage(e)))
failed <- function(x) is.list(x) && identical(names(x), "error")

files <- list()
seen <- character()
put <- function(file, design, call, ask, result) {
  if (call %in% seen) stop("twice: ", call)
  seen <<- c(seen, call)
  # Where R gives up the number is not determined, but strata of one unit it refuses on purpose.
  if (failed(result) && !startsWith(design, "lonely_error")) return(invisible())
  line <- json(list(design = design, call = call, ask = ask, result = result))
  files[[file]] <<- c(files[[file]], line)
}
save_files <- function() {
  for (file in names(files)) {
    writeLines(c("[", paste0(files[[file]], c(rep(",", length(files[[file]]) - 1), "")), "]"), file.path(here, paste0("r_", file, ".json")))
    cat(file, length(files[[file]]), "cases\n")
  }
}

# ---- data ------------------------------------------------------------------------------------------------------------
data(api); data(fpc); data(mu284); data(hospital); data(scd); data(nhanes)
plain <- function(x, columns) { x <- x[, columns]; names(x) <- gsub(".", "_", names(x), fixed = TRUE); rownames(x) <- NULL; x }
api <- c("stype", "api00", "api99", "growth", "sch.wide", "comp.imp", "awards", "meals", "ell", "mobility", "acs.core", "enroll", "api.stu", "pw")
api_srs <- plain(apisrs, c(api, "fpc"))
api_strat <- plain(apistrat, c(api, "fpc"))
api_clus1 <- plain(apiclus1, c(api, "dnum", "fpc"))
api_clus2 <- plain(apiclus2, c(api, "dnum", "snum", "fpc1", "fpc2"))
more <- function(x) {
  x$wide <- as.numeric(x$sch_wide == "Yes")
  x$no_ell <- as.numeric(x$ell == 0)
  x$good <- as.numeric(x$api00 > 640)
  x$small <- as.numeric(x$enroll < 150)
  x$stype_wide <- interaction(x$stype, x$sch_wide)
  x$band <- cut(x$api00, c(0, 560, 650, 740, 1000), labels = c("1 low", "2 mid", "3 high", "4 top"))
  # Answers go missing where other columns have fixed remainders: no chance, no pattern in the outcome.
  x$wide_m <- x$sch_wide; x$wide_m[x$enroll %% 7 == 0] <- NA
  x$api_m <- x$api00; x$api_m[x$enroll %% 5 == 1] <- NA
  x
}
api_srs <- more(api_srs); api_strat <- more(api_strat); api_clus1 <- more(api_clus1); api_clus2 <- more(api_clus2)
api_clus2$fpc2 <- as.numeric(api_clus2$fpc2)
api_strat$pw0 <- ifelse(api_strat$enroll %% 4 == 0, 0, api_strat$pw)
api_clus1$pw0 <- ifelse(api_clus1$dnum == 61 | api_clus1$enroll %% 4 == 0, 0, api_clus1$pw)
nhanes <- nhanes[seq(3, nrow(nhanes), 7), ]
rownames(nhanes) <- NULL
nhanes$sex <- ifelse(nhanes$RIAGENDR == 1, "man", "woman")
nhanes$race <- factor(paste0("r", nhanes$race))
nhanes$age <- factor(as.integer(nhanes$agecat), labels = c("a18", "b39", "c59", "d60"))
nhanes$chol <- nhanes$HI_CHOL
nhanes <- nhanes[, c("SDMVPSU", "SDMVSTRA", "WTMEC2YR", "chol", "race", "age", "sex")]

set.seed(20210501)
# Like the noise survey: 508 answers, three margins, five-step scales with missing answers, design weights in steps.
n <- 508
noise <- data.frame(
  sex = factor(sample(c("female", "male"), n, TRUE, c(.58, .42))),
  age_group = factor(sample(c("18_39", "40_61", "62_plus"), n, TRUE, c(.27, .45, .28))),
  place = factor(sample(c("city", "coast", "village"), n, TRUE, c(.55, .2, .25))),
  w = sample(c(.5, 1, 1, 1, 1.5, 2.25), n, TRUE)
)
noise$w_full <- 100 * noise$w
noise$distance <- round(rexp(n, 1 / 80) + 5, 1)
latent <- -.005 * noise$distance + .4 * (noise$place == "city") + .2 * (noise$sex == "female") + rlogis(n)
noise$annoyed <- cut(latent, c(-Inf, -1.4, -.3, .6, 1.7, Inf), labels = c("1 not", "2 slightly", "3 moderately", "4 very", "5 extremely"))
noise$annoyed[sample(n, 41)] <- NA
noise$mood <- noise$annoyed; noise$mood[is.na(noise$mood)] <- "3 moderately"
noise$score <- as.numeric(noise$annoyed)
noise$high <- as.numeric(noise$score >= 4)
noise$rare <- as.numeric(runif(n) < .02)
noise$common <- as.numeric(runif(n) < .965)
noise$nights <- rpois(n, exp(.6 + .5 * (noise$place == "city") - .002 * noise$distance))
noise$nights[sample(n, 20)] <- NA
noise$sleeps <- factor(ifelse(runif(n) < plogis(latent / 3), "badly", "well"))
noise$sleeps[sample(n, 15)] <- NA

# Three stages, corrections at all of them, answers missing: regions, schools, classes, pupils.
three <- do.call(rbind, lapply(1:9, function(school) do.call(rbind, lapply(seq_len(2 + school %% 3), function(class) {
  pupils <- 2 + (school * class) %% 4
  data.frame(region = if (school <= 4) "east" else "west", school = school, class = class, pupil = seq_len(pupils),
             n_schools = if (school <= 4) 11 else 30, n_classes = 5 + school, n_pupils = 17 + class,
             hours = round(10 + school / 3 + rnorm(1) + rnorm(pupils, 0, 2), 2),
             books = rpois(pupils, 4 + school / 2))
}))))
three$likes <- factor(sample(c("no", "so_so", "yes"), nrow(three), TRUE)); three$likes[c(3, 17, 18, 40, 66)] <- NA
three$hours[c(5, 17, 29, 54)] <- NA
three$girl <- rep(0:1, length.out = nrow(three))

# Two units in every stratum, seven strata: a Hadamard matrix of order 8 balances them in full.
pairs <- data.frame(stratum = rep(1:7, each = 16), unit = rep(rep(1:2, each = 8), 7), w = rep(c(10, 12.5, 8, 20, 15, 9, 11), each = 16))
pairs$y <- round(50 + pairs$stratum * 2 + rep(rnorm(14, 0, 4), each = 8) + rnorm(nrow(pairs), 0, 9), 1)
pairs$x <- round(pairs$y / 2 + rnorm(nrow(pairs), 10, 4), 1)
pairs$kind <- factor(sample(c("a", "b", "c"), nrow(pairs), TRUE, c(.5, .3, .2)))
pairs$yes <- as.numeric(runif(nrow(pairs)) < plogis((pairs$y - 58) / 12))
pairs$y_m <- pairs$y; pairs$y_m[seq(4, nrow(pairs), 13)] <- NA

# Strata of one unit among others; clusters of one to four rows.
lonely <- data.frame(stratum = c(1, 1, 1, 1, 2, 2, 2, 3, 3, 4, 4, 4, 4, 5, 5, 5, 6, 6, 6, 6, 6),
                     unit = c(1, 1, 2, 2, 3, 3, 3, 4, 5, 6, 6, 7, 8, 9, 9, 9, 10, 11, 11, 12, 12))
lonely$w <- c(2, 2, 3, 3, 5, 5, 5, 1, 1.5, 4, 4, 4, 4, 2.5, 2.5, 2.5, 3, 3, 3, 3, 3)
lonely$size <- c(20, 20, 20, 20, 9, 9, 9, 12, 12, 30, 30, 30, 30, 1, 1, 1, 25, 25, 25, 25, 25)
lonely$y <- round(rnorm(21, 30, 8), 1)
lonely$g <- factor(rep(c("a", "b", "b"), 7))
lonely$yes <- as.numeric(lonely$y > 30)
lonely$y_m <- lonely$y; lonely$y_m[c(2, 8, 15)] <- NA

# Durations in months in a stratified clustered sample; some still feed.
feeding <- data.frame(clinic = rep(1:24, each = 9), area = rep(c("coast", "karst", "town"), each = 72))
feeding$w <- c(coast = 4, karst = 2.5, town = 7.5)[feeding$area] * (1 + (feeding$clinic %% 3) / 4)
feeding$parity <- factor(ifelse(runif(216) < .45, "first", "later"))
months <- rexp(216, 1 / 9) * ifelse(feeding$parity == "first", .8, 1.1)
limit <- runif(216, 2, 24)
feeding$months <- ceiling(pmin(months, limit))
feeding$stopped <- as.numeric(months <= limit)
feeding$days <- round(pmin(months, limit) * 30.4, 3)
feeding$class <- factor(ifelse(runif(216) < .5, "no", "yes"))
feeding$clinics <- c(coast = 20, karst = 40, town = 60)[feeding$area]
feeding$area <- factor(feeding$area)

data_sets <- c("api_srs", "api_strat", "api_clus1", "api_clus2", "nhanes", "noise", "three", "pairs", "lonely", "feeding", "fpc", "mu284", "hospital", "scd")
for (name in data_sets) {
  x <- get(name)
  file <- file.path(here, paste0(name, ".csv"))
  write.csv(x, file, row.names = FALSE, na = "", quote = FALSE)
  # Go on with the numbers of the file: it has 15 digits, and quantiles that are met exactly hang on the last one.
  written <- read.csv(file)
  for (column in names(x)[vapply(x, is.numeric, NA)]) x[[column]] <- written[[column]]
  assign(name, x)
}

# ---- designs ---------------------------------------------------------------------------------------------------------
pop_stype <- data.frame(stype = c("E", "H", "M"), Freq = c(4421, 755, 1018))
pop_wide <- data.frame(sch_wide = c("No", "Yes"), Freq = c(1072, 5122))
pop_comp <- data.frame(comp_imp = c("No", "Yes"), Freq = c(1850, 4344))
pop_sex <- data.frame(sex = c("female", "male"), Freq = c(26925, 26367))
pop_age <- data.frame(age_group = c("18_39", "40_61", "62_plus"), Freq = c(16492, 20000, 16800))
pop_place <- data.frame(place = c("city", "coast", "village"), Freq = c(25292, 12000, 16000))
margins <- list(stype = pop_stype, sch_wide = pop_wide, comp_imp = pop_comp, sex = pop_sex, age_group = pop_age, place = pop_place)
vector_noise <- c(`(Intercept)` = 53292, sexmale = 26367, age_group40_61 = 20000, age_group62_plus = 16800, placecoast = 12000, placevillage = 16000)
vector_feed <- c(`(Intercept)` = 1300, paritylater = 660, classyes = 640)
vector_stype <- c(`(Intercept)` = 6194, stypeH = 755, stypeM = 1018)
vector_api99 <- c(vector_stype, api99 = 3914069)
vector_sw <- c(`(Intercept)` = 6194, stypeH = 755, stypeM = 1018, sch_wideYes = 5122)

calls <- c(
  srs = "svydesign(id = ~1, fpc = ~fpc, weights = ~pw, data = api_srs)",
  srs_wr = "svydesign(id = ~1, weights = ~pw, data = api_srs)",
  srs_by_fpc = "svydesign(id = ~1, fpc = ~fpc, data = api_srs)",
  strat = "svydesign(id = ~1, strata = ~stype, weights = ~pw, fpc = ~fpc, data = api_strat)",
  strat_wr = "svydesign(id = ~1, strata = ~stype, weights = ~pw, data = api_strat)",
  strat_zero = "svydesign(id = ~1, strata = ~stype, weights = ~pw0, data = api_strat)",
  clus1 = "svydesign(id = ~dnum, weights = ~pw, fpc = ~fpc, data = api_clus1)",
  clus1_wr = "svydesign(id = ~dnum, weights = ~pw, data = api_clus1)",
  clus1_zero = "svydesign(id = ~dnum, weights = ~pw0, data = api_clus1)",
  clus2 = "svydesign(id = ~dnum + snum, fpc = ~fpc1 + fpc2, data = api_clus2)",
  clus2_wr = "svydesign(id = ~dnum + snum, weights = ~pw, data = api_clus2)",
  mu284_two = "svydesign(id = ~id1 + id2, fpc = ~n1 + n2, data = mu284)",
  fpc_wr = "svydesign(id = ~psuid, strata = ~stratid, weights = ~weight, data = fpc, nest = TRUE)",
  fpc_count = "svydesign(id = ~psuid, strata = ~stratid, weights = ~weight, data = fpc, fpc = ~Nh, nest = TRUE)",
  fpc_only = "svydesign(id = ~psuid, strata = ~stratid, data = fpc, fpc = ~Nh, nest = TRUE)",
  hosp = "svydesign(id = ~1, strata = ~oblevel, fpc = ~tothosp, weights = ~weighta, data = hospital)",
  nh = "svydesign(id = ~SDMVPSU, strata = ~SDMVSTRA, weights = ~WTMEC2YR, nest = TRUE, data = nhanes)",
  stages3 = "svydesign(id = ~school + class + pupil, strata = ~region, fpc = ~n_schools + n_classes + n_pupils, data = three)",
  stages2 = "svydesign(id = ~school + class, strata = ~region, fpc = ~n_schools + n_classes, data = three)",
  pair = "svydesign(id = ~unit, strata = ~stratum, weights = ~w, data = pairs, nest = TRUE)",
  feed = "svydesign(id = ~clinic, strata = ~area, weights = ~w, data = feeding)",
  feed_raked = "calibrate(feed, ~parity + class, vector_feed, calfun = 'raking', epsilon = 1e-13, maxit = 200)",
  feed_fpc = "svydesign(id = ~clinic, strata = ~area, weights = ~w, fpc = ~clinics, data = feeding)",
  noise_base = "svydesign(id = ~1, weights = ~w, data = noise)",
  noise_full = "svydesign(id = ~1, weights = ~w_full, data = noise)",
  lonely_cert = "svydesign(id = ~unit, strata = ~stratum, weights = ~w, fpc = ~size, data = lonely)",
  lonely_plain = "svydesign(id = ~unit, strata = ~stratum, weights = ~w, data = lonely)",
  # after weighting
  strat_post = "postStratify(strat, ~sch_wide, pop_wide)",
  clus1_post = "postStratify(clus1, ~stype, pop_stype)",
  clus2_post = "postStratify(clus2, ~stype, pop_stype)",
  clus1_linear = "calibrate(clus1, ~stype + api99, vector_api99, epsilon = 1e-13)",
  clus1_raked = "calibrate(clus1, ~stype + sch_wide, vector_sw, calfun = 'raking', epsilon = 1e-13, maxit = 200)",
  clus1_rrake = "rake(clus1, list(~stype, ~sch_wide), list(pop_stype, pop_wide), control = list(maxit = 1000, epsilon = 1e-10))",
  clus1_logit = "calibrate(clus1, ~stype + api99, vector_api99, calfun = 'logit', bounds = c(0.4, 2.6), epsilon = 1e-13, maxit = 200)",
  strat_linear = "calibrate(strat, ~stype + api99, vector_api99, epsilon = 1e-13)",
  strat_bounded = "calibrate(strat, ~stype + api99, vector_api99, bounds = c(0.9, 1.15), epsilon = 1e-13, maxit = 200)",
  strat_raking99 = "calibrate(strat, ~stype + api99, vector_api99, calfun = 'raking', epsilon = 1e-13, maxit = 200)",
  strat_rrake = "rake(strat, list(~sch_wide, ~comp_imp), list(pop_wide, pop_comp), control = list(maxit = 1000, epsilon = 1e-10))",
  clus1_trimmed = "trimWeights(clus1_raked, lower = 31, upper = 48)",
  noise_raked = "calibrate(noise_base, ~sex + age_group + place, vector_noise, calfun = 'raking', epsilon = 1e-13, maxit = 200)",
  noise_rrake = "rake(noise_base, list(~sex, ~age_group, ~place), list(pop_sex, pop_age, pop_place), control = list(maxit = 1000, epsilon = 1e-10))",
  noise_linear = "calibrate(noise_base, ~sex + age_group + place, vector_noise, epsilon = 1e-13)",
  noise_logit = "calibrate(noise_full, ~sex + age_group + place, vector_noise, calfun = 'logit', bounds = c(0.5, 2), epsilon = 1e-13, maxit = 200)",
  noise_trimmed = "trimWeights(noise_raked, upper = 250)",
  # replicates
  srs_jk1 = "as.svrepdesign(srs, type = 'JK1')",
  strat_jkn = "as.svrepdesign(strat, type = 'JKn')",
  clus1_jk1 = "as.svrepdesign(clus1, type = 'JK1')",
  clus1_wr_jk1 = "as.svrepdesign(clus1_wr, type = 'JK1')",
  clus2_jk1 = "as.svrepdesign(svydesign(id = ~dnum, weights = ~pw, fpc = ~fpc1, data = api_clus2), type = 'JK1')",
  nh_jkn = "as.svrepdesign(nh, type = 'JKn')",
  pair_jkn = "as.svrepdesign(pair, type = 'JKn')",
  feed_jkn = "as.svrepdesign(feed_fpc, type = 'JKn')",
  pair_brr = "as.svrepdesign(pair, type = 'BRR')",
  pair_fay = "as.svrepdesign(pair, type = 'Fay', fay.rho = 0.5)",
  noise_jk1 = "as.svrepdesign(noise_base, type = 'JK1')",
  clus1_jk1_post = "postStratify(clus1_jk1, ~stype, pop_stype)",
  clus1_jk1_linear = "calibrate(clus1_jk1, ~stype + api99, vector_api99, epsilon = 1e-13)",
  clus1_jk1_raked = "calibrate(clus1_jk1, ~stype + sch_wide, vector_sw, calfun = 'raking', epsilon = 1e-13, maxit = 200)",
  noise_jk1_raked = "rake(noise_jk1, list(~sex, ~age_group, ~place), list(pop_sex, pop_age, pop_place), control = list(maxit = 1000, epsilon = 1e-11))",
  # replicate weights as a file would bring them
  given_brr = "svrepdesign(data = pairs, weights = ~w, repweights = weights_brr, combined.weights = TRUE, type = 'BRR')",
  given_brr_mse = "svrepdesign(data = pairs, weights = ~w, repweights = weights_brr, combined.weights = TRUE, type = 'BRR', mse = TRUE)",
  given_fay = "svrepdesign(data = pairs, weights = ~w, repweights = weights_fay, combined.weights = TRUE, type = 'Fay', rho = 0.3)",
  given_boot = "svrepdesign(data = api_clus1, weights = ~pw, repweights = weights_boot, combined.weights = TRUE, type = 'other', scale = 1 / 19, rscales = rep(1, 20))",
  given_boot_mse = "svrepdesign(data = api_clus1, weights = ~pw, repweights = weights_boot, combined.weights = TRUE, type = 'other', scale = 1 / 20, rscales = rep(1, 20), mse = TRUE)",
  given_uneven = "svrepdesign(data = api_clus1, weights = ~pw, repweights = weights_boot, combined.weights = TRUE, type = 'other', scale = 0.04, rscales = seq(0.5, 1.45, by = 0.05))",
  given_scd = "svrepdesign(data = scd, repweights = weights_scd, weights = rep(1, 6), combined.weights = TRUE, type = 'BRR')",
  given_scd_mse = "svrepdesign(data = scd, repweights = weights_scd, weights = rep(1, 6), combined.weights = TRUE, type = 'BRR', mse = TRUE)"
)
lonely_policies <- c(error = "fail", centre = "adjust", average = "average", remove = "remove", certainty = "certainty")
policy_of <- character()
for (ours in names(lonely_policies)) for (kind in c("plain", "cert")) {
  name <- paste0("lonely_", ours, if (kind == "cert") "_fpc" else "")
  calls[name] <- calls[paste0("lonely_", kind)]
  policy_of[name] <- lonely_policies[[ours]]
}
calls <- calls[!names(calls) %in% c("lonely_cert", "lonely_plain")]
weights_scd <- 2 * cbind(c(1, 0, 1, 0, 1, 0), c(1, 0, 0, 1, 0, 1), c(0, 1, 1, 0, 0, 1), c(0, 1, 0, 1, 1, 0))
for (name in names(calls)) {
  if (name == "given_brr") {
    weights_brr <- weights(pair_brr, "analysis")
    weights_fay <- weights(as.svrepdesign(pair, type = "Fay", fay.rho = 0.3), "analysis")
    set.seed(7)
    weights_boot <- round(weights(as.svrepdesign(clus1_wr, type = "subbootstrap", replicates = 20), "analysis"), 6)
    for (file in c("brr", "fay", "boot", "scd"))
      write.table(format(get(paste0("weights_", file)), digits = 15, trim = TRUE), file.path(here, paste0("weights_", file, ".csv")), sep = ",",
                  quote = FALSE, row.names = FALSE, col.names = paste0("r", seq_len(ncol(get(paste0("weights_", file))))))
  }
  assign(name, eval(parse(text = calls[[name]])))
}
is_rep <- function(design) inherits(get(design), "svyrep.design")

# ---- cases -----------------------------------------------------------------------------------------------------------
# `run` evaluates a call under the design's policy for lonely units.
run <- function(design, call) {
  options(survey.lonely.psu = if (design %in% names(policy_of)) policy_of[[design]] else "fail")
  attempt(eval(parse(text = call), globalenv()))
}
on <- function(design, where) if (is.null(where)) design else sprintf("subset(%s, %s)", design, where)
rows_of <- function(design, where) run(design, on(design, where))
size <- function(d, variables) sum(complete.cases(d$variables[, variables, drop = FALSE]) & weights(d, "sampling") > 0)
bounds <- function(estimate, se, df, level) list(ci_low = vec(estimate - qt(.5 + level / 2, df) * se), ci_high = vec(estimate + qt(.5 + level / 2, df) * se))
tag <- function(call, design) if (design %in% names(policy_of)) sprintf("options(survey.lonely.psu = '%s'); %s", policy_of[[design]], sub(design, if (endsWith(design, "_fpc")) "lonely_fpc" else "lonely", call, fixed = TRUE)) else call

estimate_case <- function(file, verb, design, variable, by = NULL, where = NULL, deff = "without", level = .95, denominator = NULL, small = 4) {
  fun <- c(mean = "svymean", total = "svytotal", proportion = "svymean", ratio = "svyratio")[[verb]]
  option <- if (deff == "with") "'replace'" else "TRUE"
  source <- on(design, where)
  d <- rows_of(design, where)
  # svyby's covmat = TRUE fails as soon as an answer is missing.
  complete <- !anyNA(d$variables[, c(variable, denominator, by)])
  covmat <- if (complete) ", covmat = TRUE" else ""
  option <- if (verb == "ratio" && is_rep(design)) "FALSE" else option
  call <- if (verb == "ratio" && is.null(by)) sprintf("svyratio(~%s, ~%s, %s, na.rm = TRUE, deff = %s)", variable, denominator, source, option)
  else if (verb == "ratio") sprintf("svyby(~%s, ~%s, %s, svyratio, denominator = ~%s, na.rm = TRUE%s)", variable, by, source, denominator, covmat)
  else if (is.null(by)) sprintf("%s(~%s, %s, na.rm = TRUE, deff = %s)", fun, variable, source, option)
  else sprintf("svyby(~%s, ~%s, %s, %s, na.rm = TRUE%s%s)", variable, by, source, fun, covmat, if (deff == "with") "" else ", deff = TRUE")
  ask <- Filter(Negate(is.null), list(verb = verb, variable = variable, denominator = denominator, by = by, where = where,
                                      deff = if (deff == "with") "with", level = if (level != .95) level))
  shown <- paste0(tag(call, design), if (level != .95) sprintf("; level = %s", level) else "")
  x <- run(design, call)
  if (failed(x)) return(put(file, design, shown, ask, x))
  values <- d$variables[[variable]]
  categories <- if (is.factor(values) && verb != "mean") levels(values) else NA
  groups <- if (is.null(by)) NA else { g <- factor(d$variables[[by]][weights(d, "sampling") > 0]); levels(g) }
  member <- function(g) if (is.na(g)) d else d[which(d$variables[[by]] == g), ]
  needed <- c(variable, denominator)
  degrees <- vapply(groups, function(g) as.numeric(degf(member(g))), 0)
  counts <- vapply(groups, function(g) { m <- member(g); inside <- if (is.na(g)) TRUE else m$variables[[by]] %in% g
    sum(complete.cases(m$variables[, needed, drop = FALSE]) & weights(m, "sampling") > 0 & inside) }, 0)
  estimate <- as.numeric(coef(x)); se <- as.numeric(as.matrix(SE(x))); k <- length(estimate)
  df <- rep(unname(degrees), length.out = k)
  result <- c(if (is.factor(values) && verb != "mean") list(category = I(rep(categories, each = length(groups)))), if (!is.null(by)) list(by = I(rep(groups, length.out = k))),
              list(estimate = vec(estimate), se = vec(se)))
  # svyby has no deff of ratios and none with replacement: those are asked for group by group.
  effect_of <- function(g) {
    call <- sprintf("%s(~%s, %ssubset(%s, %s == '%s'), na.rm = TRUE, deff = %s)", fun, variable, if (verb == "ratio") sprintf("~%s, ", denominator) else "", source, by, g, option)
    e <- eval(parse(text = call), globalenv())
    if (is.matrix(attr(e, "deff"))) diag(attr(e, "deff")) else as.numeric(attr(e, "deff"))
  }
  alone <- !is.null(by) && (verb == "ratio" || deff == "with")
  effect <- attempt(as.numeric(if (alone) t(sapply(groups, effect_of)) else if (is.null(by) && is.matrix(attr(x, "deff"))) diag(attr(x, "deff")) else deff(x)))
  # The interval of a group is estimate ± t·se like the others'; its three numbers stand already.
  result <- c(result, if (is.null(by)) bounds(estimate, se, df, level), list(df = vec(df), n = vec(rep(unname(counts), length.out = k))))
  if (!failed(effect) && length(effect) == k && any(is.finite(effect))) result$deff <- vec(effect)
  v <- attempt(as.matrix(vcov(x)))
  if (!failed(v) && k > 1 && k <= small && (is.null(by) || complete)) result$covariance <- matrix_rows(v)
  put(file, design, shown, ask, result)
}
each <- function(file, verb, designs, variables, by = list(NULL), where = list(NULL), ...)
  for (design in designs) for (variable in variables) for (b in by) for (w in where) estimate_case(file, verb, design, variable, b, w, ...)

# means, totals, proportions, ratios
api_designs <- c("srs", "srs_wr", "srs_by_fpc", "strat", "strat_wr", "strat_zero", "clus1", "clus1_wr", "clus1_zero", "clus2", "clus2_wr")
weighted <- c("strat_post", "clus1_post", "clus2_post", "clus1_linear", "clus1_raked", "clus1_rrake", "clus1_logit", "strat_linear", "strat_bounded", "strat_raking99", "strat_rrake", "clus1_trimmed")
noisy <- c("noise_base", "noise_full", "noise_raked", "noise_rrake", "noise_linear", "noise_logit", "noise_trimmed")
jackknives <- c("srs_jk1", "strat_jkn", "clus1_jk1", "clus1_wr_jk1", "clus2_jk1", "clus1_jk1_post", "clus1_jk1_linear", "clus1_jk1_raked")
given <- c("given_boot", "given_boot_mse", "given_uneven")
paired <- c("pair", "pair_jkn", "given_brr", "given_brr_mse", "given_fay")
lone <- names(policy_of)
domain <- "meals > 50"
all_api <- c(api_designs, weighted, jackknives, given)
main_api <- c("srs", "strat", "strat_zero", "clus1", "clus1_zero", "clus2", weighted, "strat_jkn", "clus1_jk1", "given_boot")
each("means", "mean", all_api, c("api00", "api_m"))
each("means", "mean", main_api, c("api00", "api_m"), by = list("stype"))
each("means", "mean", all_api, "api_m", where = list(domain))
each("means", "mean", c("strat", "strat_zero", "clus1", "clus2", "clus1_raked", "strat_bounded", "strat_jkn"), "api_m", by = list("stype", "stype_wide"), where = list("meals > 30 & ell < 60"))
each("means", "mean", c("srs", "strat", "clus1", "clus2", "clus1_raked", "strat_jkn"), c("api00", "api_m"), by = list(NULL, "stype"), deff = "with")
each("means", "mean", c("strat", "clus1"), "meals", by = list(NULL, "awards"), level = .9)
each("means", "total", all_api, c("api_m", "wide_m"))
each("means", "total", main_api, "enroll", by = list("stype"))
each("means", "total", c("strat", "clus1", "clus2"), c("enroll", "awards"), by = list(NULL, "sch_wide"), where = list(domain), deff = "with")
each("means", "proportion", all_api, "wide_m")
each("means", "proportion", main_api, "band")
each("means", "proportion", main_api, "wide_m", by = list("stype"))
each("means", "proportion", c("strat", "clus1", "clus2", "clus1_raked", "strat_jkn"), "band", by = list("stype"))
each("means", "proportion", c("strat", "clus1", "clus2", "clus1_raked"), "band", by = list("awards"), where = list(domain))
each("means", "proportion", c("strat", "clus1"), "band", deff = "with", level = .99)
each("ratios", "ratio", main_api, "api_stu", denominator = "enroll")
each("ratios", "ratio", main_api, "api00", by = list("stype"), denominator = "api99")
each("ratios", "ratio", all_api, "api_m", where = list(NULL, domain), denominator = "acs_core")
each("ratios", "ratio", api_designs, "api_m", by = list("stype"), denominator = "acs_core")
each("ratios", "ratio", c("srs", "strat", "clus1", "clus2", "clus1_raked"), "api_stu", denominator = "enroll", deff = "with")
small_designs <- list(list("mu284_two", "y1", character(), NULL), list(c("fpc_wr", "fpc_count", "fpc_only"), "x", character(), "stratid"),
                      list("hosp", "births", character(), "oblevel"), list(c("stages3", "stages2"), c("hours", "books"), "likes", "region"),
                      list(c(paired, "pair"), c("y", "y_m", "yes"), "kind", "kind"), list(c("feed", "feed_fpc", "feed_jkn"), c("months", "stopped"), "parity", "parity"),
                      list(noisy, c("score", "nights"), c("annoyed", "sleeps"), "place"), list(c("noise_jk1", "noise_jk1_raked"), "score", "annoyed", "place"),
                      list(c("given_scd", "given_scd_mse"), c("arrests", "alive"), character(), NULL),
                      list(lone, c("y", "y_m"), "g", "g"), list(c("nh", "nh_jkn"), "chol", c("race", "age"), "race"))
for (group in small_designs) for (design in unique(group[[1]])) {
  for (verb in c("mean", "total")) {
    each("means", verb, design, group[[2]])
    if (!is.null(group[[4]])) each("means", verb, design, group[[2]], by = group[4])
  }
  each("means", "proportion", design, group[[3]])
  if (!is.null(group[[4]]) && !design %in% noisy[-3]) each("means", "proportion", design, setdiff(group[[3]], group[[4]]), by = group[4])
}
# BRR and Fay weights depend on the Hadamard matrix; totals do not, if the balance is full.
each("means", "total", c("pair_brr", "pair_fay"), c("y", "y_m", "kind"), by = list(NULL))
each("means", "total", c("pair_brr", "pair_fay"), c("y", "y_m"), by = list("kind"))
each("means", "mean", "nh", "chol", by = list(NULL, "age", "sex"), where = list("race == 'r2'"))
each("means", "mean", "stages3", "hours", by = list(NULL, "likes"), where = list("girl == 1"))
each("means", "mean", "stages3", "hours", by = list(NULL, "likes"), deff = "with")
each("means", "mean", lone, "y", where = list("yes == 1", "stratum <= 3"))
each("means", "total", lone, "y", where = list("yes == 1", "stratum <= 3"))
each("means", "mean", noisy, "score", by = list("place"), where = list("sex == 'female'"))
each("means", "proportion", noisy[2:4], "annoyed", by = list("age_group"), where = list("sex == 'female'"))
each("ratios", "ratio", "mu284_two", "y1", denominator = "n2")
each("ratios", "ratio", "hosp", "births", denominator = "tothosp")
each("ratios", "ratio", c("stages3", "stages2"), "books", by = list(NULL, "likes"), denominator = "hours")
each("ratios", "ratio", paired, "y", by = list(NULL, "kind"), denominator = "x")
each("ratios", "ratio", c("given_scd", "given_scd_mse"), "alive", denominator = "arrests")
each("ratios", "ratio", noisy, "nights", by = list(NULL, "place"), denominator = "score")
each("ratios", "ratio", lone, "y_m", denominator = "w")

# degrees of freedom
degrees_case <- function(design, where = NULL) {
  call <- sprintf("degf(%s)", on(design, where))
  put("degrees", design, tag(call, design), Filter(Negate(is.null), list(verb = "degrees", where = where)), list(df = as.numeric(run(design, call))))
}
for (design in setdiff(names(calls), "srs_by_fpc")) degrees_case(design)
for (design in intersect(all_api, names(calls))) for (where in c(domain, "stype == 'M'", "enroll > 1500")) degrees_case(design, where)
for (design in lone[1:4]) degrees_case(design, "stratum <= 3")
for (design in c("pair", "pair_jkn", "given_brr")) for (where in c("kind == 'c'", "stratum <= 3")) degrees_case(design, where)

# intervals of proportions: the indicator is 1
ciprop_case <- function(design, variable, method, where = NULL, level = .95, df = NULL) {
  call <- sprintf("svyciprop(~%s, %s, method = '%s', level = %s, na.rm = TRUE%s)", variable, on(design, where), method, level, if (is.null(df)) "" else paste(", df =", df))
  if (method %in% c("logit", "likelihood")) call <- sub(", na.rm = TRUE", "", call)
  x <- run(design, call)
  ask <- Filter(Negate(is.null), list(verb = "proportion", variable = variable, ci = method, where = where, level = if (level != .95) level, df = df))
  result <- if (failed(x)) x else list(estimate = as.numeric(x), se = as.numeric(SE(x)), ci_low = attr(x, "ci")[[1]], ci_high = attr(x, "ci")[[2]])
  put("intervals", design, tag(call, design), ask, result)
}
ci_methods <- c("logit", "likelihood", "beta", "mean", "xlogit", "asin")
for (method in ci_methods) {
  for (design in c("srs", "strat", "strat_zero", "clus1", "clus1_zero", "clus2", weighted, "strat_jkn", "clus1_jk1", "clus1_jk1_raked", "given_boot")) for (variable in c(if (grepl("raked|rrake|_post", design)) "good" else "wide", if (!design %in% weighted) c("no_ell", "small"))) ciprop_case(design, variable, method)
  if (method == "asin") next
  for (design in noisy) for (variable in c("high", "rare", "common")) ciprop_case(design, variable, method, where = if (variable == "high") "score > 0")
  for (design in c("strat", "clus1", "clus2", "noise_raked")) for (level in c(.9, .99)) ciprop_case(design, if (design == "noise_raked") "rare" else "no_ell", method, level = level)
  for (design in c("strat", "clus1", "clus1_raked", "strat_jkn")) ciprop_case(design, "good", method, where = domain)
  for (design in c("noise_raked", "noise_base")) ciprop_case(design, "common", method, where = "place == 'coast'")
  for (design in c("nh", "pair", "given_brr", "feed_fpc")) ciprop_case(design, c(nh = "chol", pair = "yes", given_brr = "yes", feed_fpc = "stopped")[[design]], method, where = if (design == "nh") "chol >= 0")
}

# quantiles
quantile_case <- function(design, variable, p, rule = "math", interval = "mean", where = NULL, level = .95) {
  call <- sprintf("svyquantile(~%s, %s, c(%s), na.rm = TRUE, qrule = '%s', interval.type = '%s'%s)", variable, on(design, where), paste(p, collapse = ", "), rule, interval,
                  if (level == .95) "" else sprintf(", alpha = %s", 1 - level))
  x <- run(design, call)
  ask <- Filter(Negate(is.null), list(verb = "quantile", variable = variable, p = I(p), rule = rule, interval = interval, where = where, level = if (level != .95) level))
  if (!failed(x)) { m <- x[[1]]; x <- list(estimate = vec(m[, 1]), ci_low = vec(m[, 2]), ci_high = vec(m[, 3]), se = vec(m[, 4])) }
  put("quantiles", design, tag(call, design), ask, x)
}
rules <- c("math", "school", paste0("hf", 1:9))
shares <- c(.1, .25, .5, .75, .9)
for (rule in rules) {
  for (design in c("srs", "strat", "clus1", "noise_raked", "stages3")) for (interval in c("mean", if (rule %in% c("math", "school", "hf2", "hf4", "hf7", "hf9")) c("beta", "xlogit", "score")))
    quantile_case(design, c(srs = "enroll", strat = "api00", clus1 = "api_m", noise_raked = "score", stages3 = "hours")[[design]], shares, rule, interval)
  for (design in c("clus2", "strat_zero", "clus1_raked", "mu284_two", "noise_trimmed", "clus1_zero"))
    quantile_case(design, c(mu284_two = "y1", noise_trimmed = "nights")[design] |> (\(v) if (is.na(v)) "api_m" else unname(v))(), shares, rule)
  for (design in c("strat", "clus1")) quantile_case(design, "api_m", shares, rule, where = domain)
  if (rule %in% c("math", "hf7")) for (design in c("strat_jkn", "clus1_jk1", "given_boot", "given_brr")) quantile_case(design, if (design == "given_brr") "y" else "api00", shares, rule)
}
for (interval in c("mean", "beta", "xlogit", "score")) {
  for (level in c(.9, .99)) quantile_case("strat", "api00", c(.05, .5, .95), "math", interval, level = level)
  for (where in c("stype == 'E'", "stype == 'H'", "stype == 'M'")) for (design in c("strat", "clus1", "clus2")) quantile_case(design, "api_m", c(.25, .5, .75), "math", interval, where = where)
  for (where in c("place == 'coast'", "sex == 'male'")) quantile_case("noise_raked", "nights", c(.25, .5, .75), "school", interval, where = where)
  for (where in c("race == 'r1'")) quantile_case("nh", "WTMEC2YR", c(.25, .5, .75), "math", interval, where = where)
}
for (interval in c("beta", "xlogit", "quantile")) for (design in c("strat_jkn", "given_boot", "given_brr", "given_fay")) quantile_case(design, if (grepl("boot|strat", design)) "api00" else "y", shares, "math", interval)

# contrasts of the rows of an estimate
contrast_case <- function(design, call, ask, weights) {
  text <- sprintf("svycontrast(%s, list(%s))", call, paste(vapply(weights, function(w) sprintf("c(%s)", paste(w, collapse = ", ")), ""), collapse = ", "))
  x <- run(design, text)
  result <- if (failed(x)) x else list(estimate = vec(coef(x)), se = vec(SE(x)), covariance = matrix_rows(as.matrix(vcov(x))))
  put("contrasts", design, tag(text, design), list(verb = "contrast", of = ask, weights = lapply(weights, I)), result)
}
by3 <- list(c(1, -1, 0), c(0, 1, -1), c(-.5, -.5, 1))
for (design in c(api_designs, weighted, "strat_jkn", "clus1_jk1", "clus1_jk1_raked", "given_boot")) {
  contrast_case(design, sprintf("svyby(~api00, ~stype, %s, svymean, covmat = TRUE)", design), list(verb = "mean", variable = "api00", by = "stype"), by3)
  # Three bootstrap replicates have no school of one type in the domain: R leaves them out, this package refuses.
  if (design != "given_boot") contrast_case(design, sprintf("svyby(~meals, ~stype, subset(%s, %s), svymean, covmat = TRUE)", design, domain), list(verb = "mean", variable = "meals", by = "stype", where = domain), by3[1:2])
  contrast_case(design, sprintf("svymean(~band, %s)", design), list(verb = "proportion", variable = "band"), list(c(-1, 0, 0, 1), c(1, 1, -1, -1)))
  contrast_case(design, sprintf("svytotal(~awards, %s)", design), list(verb = "total", variable = "awards"), list(c(1, -1)))
  contrast_case(design, sprintf("svyby(~api00, ~stype, %s, svyratio, denominator = ~api99, covmat = TRUE)", design), list(verb = "ratio", variable = "api00", denominator = "api99", by = "stype"), by3[1:2])
}
for (design in noisy) contrast_case(design, sprintf("svyby(~distance, ~place, %s, svymean, covmat = TRUE)", design), list(verb = "mean", variable = "distance", by = "place"), by3)

# tables
chisq_case <- function(design, row, column, statistic, where = NULL) {
  call <- sprintf("svychisq(~%s + %s, %s, statistic = '%s')", row, column, on(design, where), statistic)
  x <- run(design, call)
  test <- c(F = "F", Chisq = "chisq", Wald = "wald", adjWald = "adjusted_wald")[[statistic]]
  if (!failed(x)) x <- list(statistic = as.numeric(x$statistic), df_num = unname(x$parameter[[1]]), df_den = if (length(x$parameter) > 1) x$parameter[[2]], p_value = as.numeric(x$p.value))
  ask <- Filter(Negate(is.null), list(verb = "crosstab", row = row, column = column, test = test, where = where))
  put("tables", design, tag(call, design), ask, Filter(Negate(is.null), x))
}
table_case <- function(design, row, column, where = NULL) {
  call <- sprintf("svytable(~%s + %s, %s)", row, column, on(design, where))
  x <- run(design, call)
  put("tables", design, tag(call, design), Filter(Negate(is.null), list(verb = "table", row = row, column = column, where = where)),
      list(rows = I(rownames(x)), columns = I(colnames(x)), weighted = matrix_rows(unclass(x))))
}
for (statistic in c("F", "Chisq", "Wald", "adjWald")) {
  for (design in c("srs", "strat", "strat_zero", "clus1", "clus1_zero", "clus2", "strat_post", "clus1_raked", "clus1_linear", "strat_bounded", "clus1_trimmed", "strat_jkn", "clus1_jk1", "clus1_jk1_raked", "given_boot")) for (pair_of in list(c("comp_imp", "sch_wide"), c("stype", "awards"), c("wide_m", "stype"), c("band", "stype"))) {
    chisq_case(design, pair_of[[1]], pair_of[[2]], statistic)
  }
  for (design in c("strat", "clus1", "clus2", "clus1_raked", "strat_jkn", "clus1_jk1")) chisq_case(design, "awards", "wide_m", statistic, where = domain)
  for (design in c(noisy, "noise_jk1", "noise_jk1_raked")) { chisq_case(design, "annoyed", "sex", statistic); chisq_case(design, "annoyed", "place", statistic); chisq_case(design, "sleeps", "age_group", statistic, where = "sex == 'female'") }
  for (design in c("nh", "nh_jkn")) { chisq_case(design, "race", "age", statistic); chisq_case(design, "sex", "chol", statistic); chisq_case(design, "chol", "race", statistic, where = "sex == 'man'") }
  for (design in c("stages3", "feed_fpc")) chisq_case(design, c(stages3 = "likes", feed_fpc = "parity")[[design]], c(stages3 = "girl", feed_fpc = "stopped")[[design]], statistic)
  for (design in paired) chisq_case(design, "kind", "yes", statistic)
  for (design in c("lonely_remove", "lonely_centre", "lonely_average")) chisq_case(design, "yes", "g", statistic)
}
for (design in c("strat", "strat_zero", "clus1", "clus2", "clus1_raked", "strat_bounded")) { table_case(design, "stype", "comp_imp"); table_case(design, "band", "wide_m", where = domain) }
for (design in c(noisy, "nh")) table_case(design, if (design == "nh") "race" else "annoyed", if (design == "nh") "chol" else "place")

# t, rank and goodness-of-fit tests
ttest_case <- function(design, variable, by = NULL, where = NULL, against = NULL) {
  left <- if (is.null(against)) variable else sprintf("I(%s - %s)", variable, against)
  call <- sprintf("svyttest(%s ~ %s, %s%s)", left, if (is.null(by)) "0" else by, on(design, where), if (is.null(by)) ", na.rm = TRUE" else "")
  x <- run(design, call)
  if (!failed(x)) x <- list(statistic = as.numeric(x$statistic), df = as.numeric(x$parameter), estimate = as.numeric(x$estimate), ci_low = as.numeric(x$conf.int)[1], ci_high = as.numeric(x$conf.int)[2], p_value = as.numeric(x$p.value))
  put("tests", design, tag(call, design), Filter(Negate(is.null), list(verb = "ttest", variable = variable, by = by, where = where, against = against)), x)
}
rank_case <- function(design, variable, by, score, where = NULL) {
  call <- sprintf("svyranktest(%s ~ %s, %s, test = '%s')", variable, by, on(design, where), score)
  x <- run(design, call)
  # With three groups or more R puts the statistic into $parameter and the degrees of freedom into $statistic.
  if (!failed(x)) x <- if (is.null(x$ddf)) list(statistic = as.numeric(x$statistic), df = as.numeric(x$parameter), estimate = as.numeric(x$estimate), p_value = as.numeric(x$p.value))
    else list(chisq = as.numeric(x$parameter), df_num = as.numeric(x$statistic), df_den = as.numeric(x$ddf), p_value = as.numeric(x$p.value))
  put("tests", design, tag(call, design), Filter(Negate(is.null), list(verb = "ranktest", variable = variable, by = by, score = score, where = where)), x)
}
gof_case <- function(design, variable, p, where = NULL) {
  call <- sprintf("svygofchisq(~%s, p = c(%s), %s, na.rm = TRUE)", variable, paste(p, collapse = ", "), on(design, where))
  x <- run(design, call)
  d <- rows_of(design, where)
  if (!failed(x)) x <- list(statistic = as.numeric(x$statistic), scale = x$parameter[[1]], df = x$parameter[[2]], p_value = as.numeric(x$p.value), lambda = vec(x$lambda))
  put("tests", design, tag(call, design), Filter(Negate(is.null), list(verb = "goodness_of_fit", variable = variable, shares = setNames(as.list(p), levels(d$variables[[variable]])), where = where)), x)
}
test_designs <- c("srs", "strat", "strat_zero", "clus1", "clus2", "strat_post", "clus1_raked", "clus1_linear", "strat_bounded", "clus1_trimmed", "strat_jkn", "clus1_jk1", "clus1_jk1_raked", "given_boot")
for (design in test_designs) {
  ttest_case(design, "api00", against = 650); ttest_case(design, "api_m"); ttest_case(design, "api_m", where = domain, against = 600)
  for (by in c("comp_imp", "wide_m")) { ttest_case(design, "api00", by); ttest_case(design, "api_m", by); ttest_case(design, "enroll", by, where = domain) }
  # R lets rows of no weight take part in the ranks.
  if (design != "strat_zero") for (score in c("wilcoxon", "vanderWaerden", "median", if (design == "strat") "KruskalWallis")) {
    rank_case(design, "api00", "comp_imp", score); rank_case(design, "api_m", "wide_m", score)
    rank_case(design, "api00", "stype", score); rank_case(design, "meals", "comp_imp", score, where = domain)
  }
  gof_case(design, "awards", c(.3, .7)); gof_case(design, "band", c(.25, .25, .25, .25)); gof_case(design, "wide_m", c(.2, .8))
}
for (design in c(noisy, "noise_jk1_raked")) {
  for (by in c("sex", "sleeps")) { ttest_case(design, "score", by); ttest_case(design, "distance", by); ttest_case(design, "nights", by, where = "place == 'city'") }
  for (score in c("wilcoxon", "vanderWaerden", "median")) { rank_case(design, "score", "sex", score); rank_case(design, "score", "place", score); rank_case(design, "nights", "age_group", score) }
  gof_case(design, "annoyed", c(.2, .25, .2, .2, .15)); gof_case(design, "annoyed", c(.1, .2, .3, .2, .2), where = "sex == 'female'")
}
for (design in c("nh", "feed_fpc", "stages3", "pair", "given_brr", lone)) {
  v <- list(nh = c("WTMEC2YR", "sex", "race"), feed_fpc = c("months", "parity", "area"), stages3 = c("hours", "girl", "likes"), pair = c("y_m", "yes", "kind"), given_brr = c("y_m", "yes", "kind"))[[design]]
  if (is.null(v)) v <- c("y", "g", "g")
  ttest_case(design, v[1]); ttest_case(design, v[1], v[2]); rank_case(design, v[1], v[2], "wilcoxon")
  if (v[2] != v[3]) rank_case(design, v[1], v[3], "KruskalWallis")
}

# models
glm_designs <- c("srs", "strat", "strat_zero", "clus1", "clus2", "strat_post", "clus1_raked", "clus1_linear", "strat_bounded", "clus1_trimmed", "strat_jkn", "clus1_jk1", "clus1_jk1_raked", "given_boot", "given_boot_mse")
tight <- "control = list(epsilon = 1e-15, maxit = 100)"
glm_case <- function(design, formula, family, where = NULL, terms = character(), contrasts = list()) {
  call <- sprintf("svyglm(%s, %s, family = %s(), %s)", formula, on(design, where), family, tight)
  x <- run(design, call)
  ask <- Filter(Negate(is.null), list(verb = "glm", formula = formula, family = family, where = where))
  if (failed(x)) return(put("models", design, tag(call, design), ask, x))
  s <- summary(x)
  cf <- s$coefficients
  ci <- confint(x)
  v <- vcov(x)
  result <- list(term = I(names(coef(x))), estimate = vec(coef(x)), se = vec(sqrt(diag(v))), p_value = vec(cf[, 4]), ci_low = if (design %in% c("strat", "clus1", "noise_raked", "nh")) vec(ci[, 1]), ci_high = if (design %in% c("strat", "clus1", "noise_raked", "nh")) vec(ci[, 2]),
                 df = as.numeric(x$df.residual), n = length(x$y), covariance = if (nrow(v) <= 4) matrix_rows(v), dispersion = as.numeric(s$dispersion), deviance = as.numeric(deviance(x)))
  .fit <<- x
  # R refits the smaller model to other rows where answers are missing; it counts rows of no weight in n and in the mean weight.
  complete <- !anyNA(rows_of(design, where)$variables[, all.vars(as.formula(formula))])
  if (any(x$prior.weights == 0)) result[c("n", "deviance", "dispersion")] <- NULL
  if (is_rep(design)) result$dispersion <- NULL
  tests <- list()
  for (term in terms) for (kind in c("f", if (design %in% c("strat", "clus1")) "chisq", if (complete) "lrt")) {
    text <- sprintf("regTermTest(.fit, ~%s%s)", term, c(f = "", chisq = ", df = Inf", lrt = ", method = 'LRT'")[[kind]])
    t <- attempt(eval(parse(text = text)))
    if (!failed(t)) {
      stat <- as.numeric(if (is.null(t$Ftest)) t$chisq else t$Ftest)
      tests[[length(tests) + 1]] <- Filter(Negate(is.null), list(term = term, kind = kind, statistic = stat, df_num = t$df, df_den = if (!is.null(t$ddf)) as.numeric(t$ddf), p_value = as.numeric(t$p)))
    }
  }
  if (length(tests)) result$tests <- tests
  if (length(contrasts)) {
    k <- lapply(contrasts, function(w) attempt(svycontrast(x, w)))
    if (!any(vapply(k, failed, NA))) result$contrast <- list(weights = lapply(contrasts, I), estimate = vec(sapply(k, coef)), se = vec(sapply(k, SE)))
  }
  put("models", design, tag(call, design), ask, Filter(Negate(is.null), result))
}
for (design in glm_designs) {
  glm_case(design, "api00 ~ meals + ell + stype", "gaussian", terms = c("stype", "meals"), contrasts = list(c(0, 1, -1, 0, 0), c(1, 50, 20, 1, 0)))
  glm_case(design, "wide ~ meals + stype", "quasibinomial", terms = "stype")
  glm_case(design, "api_stu ~ meals + stype", "quasipoisson", terms = "stype")
  glm_case(design, "api_m ~ acs_core + wide_m", "gaussian", terms = "wide_m")
}
for (design in c("strat", "clus1", "clus1_raked", "strat_jkn", "clus1_jk1", "given_boot")) {
  glm_case(design, "wide ~ ell + meals + mobility", "binomial", terms = "ell")
  glm_case(design, "enroll ~ stype", "poisson", terms = "stype")
  glm_case(design, "api00 ~ stype * awards + meals", "gaussian", terms = c("stype:awards", "meals"))
  # Some bootstrap replicates of the domain lack a category or separate the outcomes; R goes on with whatever it has then.
  if (design == "given_boot") next
  glm_case(design, "api_m ~ ell + stype", "gaussian", where = domain, terms = "stype")
  glm_case(design, "wide ~ ell", "quasibinomial", where = domain, terms = "ell")
  glm_case(design, "good ~ meals * awards", "quasibinomial", terms = "meals:awards")
}
for (design in c(noisy, "noise_jk1_raked")) {
  glm_case(design, "high ~ place + sex + distance", "quasibinomial", terms = c("place", "sex"))
  glm_case(design, "nights ~ place + distance", "quasipoisson", terms = "place")
  glm_case(design, "score ~ place * sex", "gaussian", terms = c("place:sex"), where = "age_group != '62_plus'")
  glm_case(design, "score ~ 1", "gaussian")
}
for (design in c("nh", "nh_jkn")) { glm_case(design, "chol ~ age + sex", "quasibinomial", where = "age != 'a18'", terms = c("age", "sex")) }
glm_case("nh", "chol ~ race * sex + age", "quasibinomial", where = "age != 'a18'", terms = c("race:sex", "age"))
for (design in c("stages3", "stages2")) glm_case(design, "hours ~ likes + girl", "gaussian", terms = "likes")
for (design in paired) glm_case(design, "yes ~ y_m + kind", "quasibinomial", terms = "kind")
for (design in c("lonely_centre", "lonely_average", "lonely_remove", "lonely_certainty", "lonely_error")) glm_case(design, "y ~ g", "gaussian", terms = "g")
for (design in c("feed", "feed_fpc", "feed_jkn")) glm_case(design, "months ~ parity + class + area", "quasipoisson", terms = "area")

# R's svyolr stops early and takes the Hessian by differences: run to the end, with small steps.
ordinal_case <- function(design, formula, where = NULL) {
  call <- sprintf("svyolr(%s, %s, control = list(reltol = 1e-17, maxit = 2000, ndeps = rep(1e-5, %%d)))", formula, on(design, where))
  d <- rows_of(design, where)
  f <- as.formula(formula)
  k <- ncol(model.matrix(f, d$variables)) - 1 + nlevels(d$variables[[all.vars(f)[1]]]) - 1
  call <- sprintf(call, k)
  x <- run(design, call)
  ask <- Filter(Negate(is.null), list(verb = "ordinal", formula = formula, where = where))
  if (!failed(x)) { v <- vcov(x); s <- sqrt(diag(v)); b <- c(x$coefficients, x$zeta)
    x <- list(term = I(names(b)), estimate = vec(b), se = vec(s), df = as.numeric(x$df.residual), deviance = x$deviance) }
  put("ordinal", design, tag(call, design), ask, x)
}
# R cannot take the missing answers of a calibrated design out of svyolr; `mood` has none.
for (design in noisy) { ordinal_case(design, "mood ~ place + sex"); ordinal_case(design, "mood ~ distance + age_group"); ordinal_case(design, "annoyed ~ place + sex"); ordinal_case(design, "annoyed ~ distance"); ordinal_case(design, "annoyed ~ age_group", where = "sex == 'female'") }
for (design in c("strat", "strat_wr", "clus1", "clus1_wr", "clus2", "clus1_raked", "srs", "clus1_linear")) { ordinal_case(design, "band ~ meals"); ordinal_case(design, "band ~ stype + ell"); ordinal_case(design, "band ~ wide_m + meals") }
ordinal_case("stages3", "likes ~ girl"); ordinal_case("pair", "kind ~ y")

# durations
km_case <- function(design, time, by = NULL, se = FALSE, where = NULL, times = c(1, 3, 6, 9, 12, 18)) {
  if (time == "days") times <- times * 30.4
  call <- sprintf("svykm(Surv(%s, stopped) ~ %s, %s, se = %s)", time, if (is.null(by)) "1" else by, on(design, where), se)
  x <- run(design, call)
  curves <- if (is.null(by)) list(x) else unclass(x)[seq_along(levels(feeding[[by]]))]
  at <- function(s) { i <- vapply(times, function(t) max(c(0, which(s$time <= t))), 0)
    pick <- function(v, empty) ifelse(i > 0, v[pmax(i, 1)], empty)
    out <- list(surv = vec(pick(s$surv, 1)))
    if (se) { out$varlog <- vec(pick(s$varlog, 0)); ok <- times[i > 0]; ci <- confint(s, parm = ok); out$ci_low <- vec(c(rep(NA, sum(i == 0)), ci[, 1])); out$ci_high <- vec(c(rep(NA, sum(i == 0)), ci[, 2])) }
    out }
  ask <- Filter(Negate(is.null), list(verb = "kaplan_meier", time = time, event = "stopped", by = by, where = where, times = I(times), se = se))
  put("survival", design, call, ask, list(by = I(if (is.null(by)) NA else names(curves)), curves = lapply(unname(curves), at)))
}
logrank_case <- function(design, time, by, where = NULL, rho = 0) {
  call <- sprintf("svylogrank(Surv(%s, stopped) ~ %s, %s, rho = %s)", time, by, on(design, where), rho)
  x <- run(design, call)
  ask <- Filter(Negate(is.null), list(verb = "logrank", time = time, event = "stopped", by = by, where = where, rho = if (rho != 0) rho))
  if (!failed(x)) x <- list(score = vec(x[[1]][, 1]), se = vec(x[[1]][, 2]), z = vec(x[[1]][, 3]), chisq = x[[2]][[1]], p_value = x[[2]][[2]])
  put("survival", design, call, ask, x)
}
for (design in c("feed", "feed_fpc", "feed_raked")) for (time in c("months", "days")) {
  for (se in c(FALSE, TRUE)) { km_case(design, time, se = se); for (by in c("parity", "area")) km_case(design, time, by, se); km_case(design, time, se = se, where = "area != 'karst'") }
  for (by in c("parity", "class", "area")) logrank_case(design, time, by)
  logrank_case(design, time, "parity", where = "area == 'town'"); logrank_case(design, time, "parity", rho = 1)
}
for (time in c("months", "days")) { km_case("feed_jkn", time); for (by in c("parity", "area")) logrank_case("feed_jkn", time, by) }

save_files()
describe <- lapply(names(calls), function(name) Filter(Negate(is.null), list(call = calls[[name]], lonely_psu = if (name %in% names(policy_of)) policy_of[[name]])))
weights_of <- function(name) vec(weights(get(name), "sampling"))
designs <- list(R = R.version.string, survey = as.character(packageVersion("survey")), margins = lapply(margins, function(m) setNames(as.list(m$Freq), m[[1]])),
                designs = setNames(describe, names(calls)), weights = sapply(c("clus1_logit", "strat_bounded", "clus1_trimmed"), weights_of, simplify = FALSE))
writeLines(json(designs), file.path(here, "r_designs.json"))
