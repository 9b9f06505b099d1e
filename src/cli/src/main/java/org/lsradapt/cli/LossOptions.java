package org.lsradapt.cli;

import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.DoubleFunction;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.objectives.EmbeddingLoss;
import org.lsradapt.objectives.PreferenceLoss;
import org.lsradapt.runs.EmbeddingLosses;
import picocli.CommandLine.Help.Visibility;
import picocli.CommandLine.Option;

/** The options that select the loss. */
final class LossOptions {
    @Option(
            names = "--loss",
            paramLabel = "LOSS",
            description =
                    "rerank: binary (each passage is relevant or not), listwise (LambdaLoss: the order of a query's"
                            + " passages) or margin (to a teacher's scores). Default: margin with --scores, listwise where a label is"
                            + " above 1, else binary. pairs: contrast (with the other pairs of a batch) or triplet (each pair with its own"
                            + " negatives). Default: contrast. similarity: cosine (the scores' values) or cosent (their order). Default:"
                            + " cosine. preferences: dpo (compared with the base model) or orpo (without it). Default: dpo.")
    private String loss;

    @Option(
            names = "--beta",
            paramLabel = "B",
            description = "preferences: the factor of DPO's rewards or ORPO's odds. With DPO, smaller values let"
                    + " the model move further from the base model. Default: 0.1.")
    private Double beta;

    @Option(
            names = "--dimensions",
            split = ",",
            paramLabel = "N",
            showDefaultValue = Visibility.NEVER,
            description = "pairs, similarity: embedding lengths to train (Matryoshka), such as 384,128,64,"
                    + " including the full length; embed --dimensions cuts to one of them.")
    private List<Integer> dimensions = List.of();

    @Option(
            names = "--dimension-weights",
            split = ",",
            paramLabel = "W",
            showDefaultValue = Visibility.NEVER,
            description = "With --dimensions: the weight of each length in the loss. Default: 1 for each.")
    private List<Double> weights = List.of();

    /** Losses for pairs, by name. */
    enum OfPairs {
        CONTRAST(EmbeddingLoss.contrast(EmbeddingLoss.TEMPERATURE)),
        TRIPLET(EmbeddingLoss.triplet(EmbeddingLoss.MARGIN));

        private final EmbeddingLoss loss;

        OfPairs(EmbeddingLoss loss) {
            this.loss = loss;
        }

        private String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** Losses for scored pairs, by name. */
    enum OfScores {
        COSINE(Optional.empty()),
        COSENT(Optional.of(EmbeddingLoss.cosent(EmbeddingLoss.SCALE)));

        private final Optional<EmbeddingLoss> loss;

        OfScores(Optional<EmbeddingLoss> loss) {
            this.loss = loss;
        }

        private String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** Losses for preferences, by name. */
    enum OfPreferences {
        DPO(PreferenceLoss::dpo, PreferenceLoss.DPO_BETA),
        ORPO(PreferenceLoss::orpo, PreferenceLoss.ORPO_BETA);

        private final DoubleFunction<PreferenceLoss> loss;
        private final double beta;

        OfPreferences(DoubleFunction<PreferenceLoss> loss, double beta) {
            this.loss = loss;
            this.beta = beta;
        }

        private String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** Returns the name of the loss; empty for the task's default. */
    Optional<String> name() {
        return Optional.ofNullable(loss);
    }

    EmbeddingLosses ofPairs() {
        return with(name().map(asked -> Require.named("loss", asked, OfPairs.values(), OfPairs::label).loss));
    }

    EmbeddingLosses ofScores() {
        return with(name().flatMap(asked -> Require.named("loss", asked, OfScores.values(), OfScores::label).loss));
    }

    PreferenceLoss ofPreferences() {
        OfPreferences asked = name().map(
                        known -> Require.named("loss", known, OfPreferences.values(), OfPreferences::label))
                .orElse(OfPreferences.DPO);
        return asked.loss.apply(beta == null ? asked.beta : beta);
    }

    private EmbeddingLosses with(Optional<EmbeddingLoss> asked) {
        List<Double> all = weights.isEmpty() ? Collections.nCopies(dimensions.size(), 1.0) : weights;
        if (!dimensions.isEmpty() || !weights.isEmpty()) {
            // Checks the numbers before any file is read.
            EmbeddingLoss.matryoshka(EmbeddingLoss.cosine(), dimensions, all);
        }
        return new EmbeddingLosses(asked, dimensions, all);
    }
}
