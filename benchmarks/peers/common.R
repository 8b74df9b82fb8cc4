# What the scripts here share: settings from the command line, a clock, one line of JSON as the answer.

# `name=1,2,3` for each setting, numbers only.
settings <- local({
  pairs <- strsplit(commandArgs(trailingOnly = TRUE), "=", fixed = TRUE)
  values <- lapply(pairs, function(pair) as.numeric(strsplit(pair[2], ",", fixed = TRUE)[[1]]))
  setNames(values, vapply(pairs, function(pair) pair[1], ""))
})

# The driver reads the last line of the output. Numbers are written with 15 significant digits; one that is not
# finite is null, because JSON has no other word for it.
answer <- function(...) {
  fields <- list(...)
  text <- vapply(fields, function(value) {
    if (is.character(value)) {
      sprintf('"%s"', value)
    } else {
      sprintf("[%s]", paste(ifelse(is.finite(value), sprintf("%.15g", value), "null"), collapse = ", "))
    }
  }, "")
  cat(sprintf("\n{%s}\n", paste(sprintf('"%s": %s', names(fields), text), collapse = ", ")))
}

# Load a package, or say that it is not there and end.
need <- function(package) {
  if (!requireNamespace(package, quietly = TRUE)) {
    answer(missing = package)
    quit(status = 0)
  }
  suppressPackageStartupMessages(library(package, character.only = TRUE))
}

# The package's version is the one of what was timed; loading it is not timed.
report <- function(package, seconds, numbers, ...) {
  answer(
    package = package, version = as.character(packageVersion(package)), r = as.character(getRversion()),
    seconds = seconds, numbers = numbers, ...
  )
}

# Processor seconds, those of processes that R starts included: other work on the machine does not count.
seconds_of <- function(work) {
  sum(system.time(work)[c("user.self", "sys.self", "user.child", "sys.child")])
}

# Shares of trials without a dose (NA or 0), then with each level.
shares <- function(level, levels) tabulate(ifelse(is.na(level), 0, level) + 1, levels + 1) / length(level)
