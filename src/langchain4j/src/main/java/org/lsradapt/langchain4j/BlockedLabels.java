package org.lsradapt.langchain4j;

import dev.langchain4j.classification.ScoredLabel;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.lsradapt.lsr.internal.Require;

/**
 * Labels that block a text.
 *
 * @param message says why a text is blocked; empty for a sentence with the label and its probability
 */
record BlockedLabels<L>(AdaptedTextClassifier<L> classifier, Set<L> labels, Optional<String> message) {

    static <L> BlockedLabels<L> of(AdaptedTextClassifier<L> classifier, Set<L> labels) {
        Require.argument(
                !labels.isEmpty(), "guardrail: no label blocks, expected one at least of %s", classifier.labels());
        labels.forEach(label -> classifier.requireLabel(label, "guardrail"));
        return new BlockedLabels<>(classifier, Set.copyOf(labels), Optional.empty());
    }

    BlockedLabels<L> withMessage(String text) {
        return new BlockedLabels<>(classifier, labels, Optional.of(text));
    }

    /** Returns why a text is blocked; empty if it is not, such as without any text. */
    Optional<String> reason(String text) {
        return text == null || text.isBlank()
                ? Optional.empty()
                : classifier.classifyWithScores(text).scoredLabels().stream()
                        .filter(found -> labels.contains(found.label()))
                        .findFirst()
                        .map(found -> message.orElseGet(() -> describe(found)));
    }

    private static String describe(ScoredLabel<?> found) {
        return String.format(
                Locale.ROOT, "the text is %s with probability %.2f, which is blocked", found.label(), found.score());
    }
}
