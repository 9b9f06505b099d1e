package org.lsradapt.cli.training;

import java.util.Optional;
import java.util.OptionalDouble;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.lsradapt.console.BadInput;
import org.lsradapt.finetuning.DatabaseOptions;
import org.lsradapt.finetuning.TaskOption;
import org.lsradapt.finetuning.validation.Tuning;
import org.lsradapt.runs.Validation;
import picocli.CommandLine.Help.Visibility;
import picocli.CommandLine.Option;

/** The options for measurements of small tables, the search for settings, and abstention. */
final class ValidationOptions {
    private static final Pattern BUDGET = Pattern.compile("([1-9][0-9]{0,5})(m?)");

    @Option(
            names = "--folds",
            paramLabel = "K",
            description = "Cross-validation for small tables: train K times, each time without a part of the rows,"
                    + " and measure on that part after the last epoch; then train on all rows, and save that model."
                    + " 0 for one training.")
    private int folds;

    @Option(
            names = "--tune",
            description = "First search the learning rate, then the epochs, by successive halving, on a fifth of the"
                    + " training rows (or the part of --hold-out).")
    private boolean tune;

    @Option(
            names = "--budget",
            paramLabel = "N",
            showDefaultValue = Visibility.NEVER,
            description = "--tune: the most trainings of the search, such as 6, or minutes, such as 30m. Default: no"
                    + " limit, which is 11 trainings per method.")
    private String budget;

    @Option(
            names = "--abstain",
            paramLabel = "PRECISION",
            showDefaultValue = Visibility.NEVER,
            description = "Choose on the held-out rows the lowest probability from which a classifier answers with this"
                    + " precision, such as 0.95, and save it. predict then prints an empty label below it.")
    private Double abstain;

    void check(DataOptions data) {
        boolean evaluated = data.type().isPublished()
                || data.given().has(TaskOption.DEV)
                || data.given().has(DatabaseOptions.DEV_SQL);
        BadInput.throwIf(
                folds > 0 && evaluated,
                "--folds " + folds + ": task " + data.task()
                        + " has evaluation data, expected none (no --dev): each fold" + " is measured on its own rows");
    }

    /** The number of parts that are held out one after the other; 0 if it is not given. */
    int folds() {
        return folds;
    }

    Validation settings() {
        BadInput.throwIf(budget != null && !tune, "--budget " + budget + ": found no --tune, expected both");
        return new Validation(
                folds,
                tune ? Optional.of(budget == null ? Tuning.Budget.NONE : limits(budget)) : Optional.empty(),
                abstain == null ? OptionalDouble.empty() : OptionalDouble.of(abstain));
    }

    private static Tuning.Budget limits(String text) {
        Matcher parts = BUDGET.matcher(text);
        BadInput.throwIf(
                !parts.matches(),
                "--budget " + text + ": expected a number of trainings, such as 6, or of minutes, such as 30m");
        int number = Integer.parseInt(parts.group(1));
        return parts.group(2).isEmpty()
                ? new Tuning.Budget(number, Double.POSITIVE_INFINITY)
                : new Tuning.Budget(Integer.MAX_VALUE, 60.0 * number);
    }
}
