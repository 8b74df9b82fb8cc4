# Simulated BOIN trials by simFastBOIN.
source("common.R")
need("simFastBOIN")

with(settings, {
  # 100 patients at a dose are never reached: no early stop, as in the BOIN package.
  seconds <- seconds_of(
    simulated <- sim_boin(
      target = target, p_true = prob_dlt, n_cohort = max_patients / cohort_size, cohort_size = cohort_size,
      n_trials = trials, n_earlystop = 100, seed = seed
    )
  )
  percent <- if (is.null(simulated$sel_percent)) {
    # Versions whose answer has a summary: each dose, then none.
    rev(simulated$summary$mtd_selection_percent)[c(1, (length(prob_dlt) + 1):2)]
  } else {
    c(simulated$percent_no_mtd, simulated$sel_percent)
  }
  report("simFastBOIN", seconds, as.numeric(percent) / 100)
})
