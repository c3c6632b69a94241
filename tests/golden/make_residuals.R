# Residuals of cross-tables from independence, from R 4.2.2 with survey 4.1-1, in the form of make_golden.R.
# Run from the project's root: Rscript tests/golden/make_residuals.R
# Writes tests/golden/r_residuals.json: per case the R calls, the same question in this package's words, and per cell
# (row by row) R's svycontrast of p_ij - p_i. * p_.j with its standard error, t with degf(design), and p.adjust "holm",
# in which of two rows or columns, each the mirror of the other, one counts.

suppressPackageStartupMessages(library(survey))
here <- "tests/golden"
read <- function(name) read.csv(file.path(here, paste0(name, ".csv")), stringsAsFactors = TRUE, na.strings = c("", "NA"))
api_srs <- read("api_srs"); api_strat <- read("api_strat"); api_clus1 <- read("api_clus1"); api_clus2 <- read("api_clus2")
nhanes <- read("nhanes"); noise <- read("noise")

vector_api99 <- c(`(Intercept)` = 6194, stypeH = 755, stypeM = 1018, api99 = 3914069)
vector_sw <- c(`(Intercept)` = 6194, stypeH = 755, stypeM = 1018, sch_wideYes = 5122)
vector_noise <- c(`(Intercept)` = 53292, sexmale = 26367, age_group40_61 = 20000, age_group62_plus = 16800, placecoast = 12000, placevillage = 16000)
# The calls of r_designs.json.
srs_wr <- svydesign(id = ~1, weights = ~pw, data = api_srs)
strat <- svydesign(id = ~1, strata = ~stype, weights = ~pw, fpc = ~fpc, data = api_strat)
clus1 <- svydesign(id = ~dnum, weights = ~pw, fpc = ~fpc, data = api_clus1)
clus2 <- svydesign(id = ~dnum + snum, fpc = ~fpc1 + fpc2, data = api_clus2)
clus1_linear <- calibrate(clus1, ~stype + api99, vector_api99, epsilon = 1e-13)
clus1_raked <- calibrate(clus1, ~stype + sch_wide, vector_sw, calfun = "raking", epsilon = 1e-13, maxit = 200)
nh <- svydesign(id = ~SDMVPSU, strata = ~SDMVSTRA, weights = ~WTMEC2YR, nest = TRUE, data = nhanes)
noise_base <- svydesign(id = ~1, weights = ~w, data = noise)
noise_raked <- calibrate(noise_base, ~sex + age_group + place, vector_noise, calfun = "raking", epsilon = 1e-13, maxit = 200)
clus1_jk1 <- as.svrepdesign(clus1, type = "JK1")

vec <- function(x) paste0("[", paste(ifelse(is.na(x), "null", sprintf("%.17g", x)), collapse = ","), "]")

case <- function(name, row, column, where = NULL) {
  design <- get(name)
  asked <- if (is.null(where)) design else eval(bquote(subset(design, .(str2lang(where)))))
  # R counts all rows of a calibrated design, as svychisq does.
  df <- if (is.null(where) || !is.null(design$postStrata)) degf(design) else degf(asked)
  answered <- eval(bquote(subset(asked, !is.na(.(as.name(row))) & !is.na(.(as.name(column))))))
  rows <- levels(factor(answered$variables[[row]])); columns <- levels(factor(answered$variables[[column]]))
  formula <- as.formula(sprintf("~interaction(%s, %s)", row, column))
  shares <- svymean(formula, asked, na.rm = TRUE)
  cell <- function(a, b) sprintf("`interaction(%s, %s)%s.%s`", row, column, a, b)
  of <- function(a, b) sprintf("%s - (%s) * (%s)", cell(a, b), paste(cell(a, columns), collapse = " + "), paste(cell(rows, b), collapse = " + "))
  found <- lapply(rows, function(a) lapply(columns, function(b) svycontrast(shares, str2lang(of(a, b)))))
  found <- unlist(found, recursive = FALSE)
  residual <- vapply(found, function(x) as.numeric(coef(x)), 0); se <- vapply(found, function(x) as.numeric(SE(x)), 0)
  p <- 2 * pt(-abs(residual / se), df)
  table <- matrix(p, length(rows), byrow = TRUE)
  once <- table[if (length(rows) == 2) 1 else seq_along(rows), if (length(columns) == 2) 1 else seq_along(columns), drop = FALSE]
  once[] <- p.adjust(once, "holm")
  holm <- once[rep_len(seq_len(nrow(once)), length(rows)), rep_len(seq_len(ncol(once)), length(columns)), drop = FALSE]
  call <- sprintf("svycontrast(svymean(~interaction(%s, %s), %s, na.rm = TRUE), quote(cell - row * column))", row, column,
                  if (is.null(where)) name else sprintf("subset(%s, %s)", name, where))
  sprintf('{"design":"%s","call":"%s","ask":{"row":"%s","column":"%s","where":%s},"result":{"residual":%s,"se":%s,"df":%s,"p_value":%s,"p_holm":%s}}',
          name, call, row, column, if (is.null(where)) "null" else sprintf('"%s"', gsub('"', "'", where)),
          vec(residual), vec(se), format(df), vec(p), vec(t(holm)))
}

lines <- c(
  case("srs_wr", "band", "stype"), case("srs_wr", "comp_imp", "sch_wide"),
  case("strat", "band", "sch_wide"), case("strat", "wide_m", "stype"), case("strat", "band", "awards", "enroll > 300"),
  case("clus1", "band", "awards"), case("clus1_linear", "band", "awards"), case("clus1_linear", "comp_imp", "awards"),
  case("clus1_raked", "band", "comp_imp"), case("clus1_raked", "band", "awards", "enroll > 300"),
  case("clus2", "band", "awards"), case("clus1_jk1", "band", "awards"), case("nh", "race", "age"),
  case("noise_base", "annoyed", "place"), case("noise_raked", "annoyed", "place"), case("noise_raked", "annoyed", "age_group")
)
writeLines(c("[", paste0(lines, c(rep(",", length(lines) - 1), "")), "]"), file.path(here, "r_residuals.json"))
cat(length(lines), "cases\n")
