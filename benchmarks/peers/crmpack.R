# Simulated BLRM trials by crmPack (which needs JAGS). Written for version 2.
source("common.R")
need("crmPack")

with(settings, {
  design <- Design(
    model = LogisticLogNormal(mean = prior_mean, cov = diag(prior_sd^2), ref_dose = reference_dose),
    nextBest = NextBestNCRM(
      target = target_interval, overdose = c(target_interval[2], 1), max_overdose_prob = ewoc_cap
    ),
    stopping = StoppingMinPatients(nPatients = max_patients) | StoppingMissingDose(),
    increments = IncrementsDoseLevels(levels = 1, basis_level = "max"),
    cohort_size = CohortSizeConst(cohort_size),
    data = Data(doseGrid = doses),
    startingDose = doses[1]
  )
  seconds <- seconds_of(
    simulated <- simulate(
      design, truth = function(dose) prob_dlt[match(dose, doses)], nsim = trials, seed = seed,
      mcmcOptions = McmcOptions(burnin = burn_in, step = thinning, samples = draws), parallel = FALSE
    )
  )
  report("crmPack", seconds, shares(match(simulated@doses, doses), length(doses)))
})
