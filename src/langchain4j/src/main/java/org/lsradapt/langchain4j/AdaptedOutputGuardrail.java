package org.lsradapt.langchain4j;

import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.guardrail.OutputGuardrail;
import dev.langchain4j.guardrail.OutputGuardrailResult;
import java.util.Optional;
import java.util.Set;

/**
 * Blocks a language model's answers by an adapted classifier, before the application reads them.
 *
 * <pre>{@code
 * OutputGuardrail polite = AdaptedOutputGuardrail.blocking(classifier.atLeast(0.8), Set.of(Tone.RUDE));
 * AiServices.builder(Assistant.class).chatModel(model).outputGuardrails(polite).build();
 * }</pre>
 *
 * <p>An answer is blocked if {@link AdaptedTextClassifier#classify} gives its text one of the labels, as
 * {@link AdaptedInputGuardrail} says. The AI service then throws an {@code OutputGuardrailException}, or, with
 * {@link #reprompting}, asks the language model again. An answer without text, such as a call of a tool, passes.
 *
 * <p>Immutable, and safe for use by many threads.
 */
public final class AdaptedOutputGuardrail implements OutputGuardrail {
    private final BlockedLabels<?> blocked;
    private final Optional<String> instruction;

    private AdaptedOutputGuardrail(BlockedLabels<?> blocked, Optional<String> instruction) {
        this.blocked = blocked;
        this.instruction = instruction;
    }

    /**
     * Blocks labels.
     *
     * @param classifier kept
     * @param labels one at least, of the classifier's
     * @throws IllegalArgumentException if there is none, or the classifier does not have it
     */
    public static <L> AdaptedOutputGuardrail blocking(AdaptedTextClassifier<L> classifier, Set<L> labels) {
        return new AdaptedOutputGuardrail(BlockedLabels.of(classifier, labels), Optional.empty());
    }

    /** Returns a copy that fails with this message, instead of one with the label and its probability. */
    public AdaptedOutputGuardrail withMessage(String message) {
        return new AdaptedOutputGuardrail(blocked.withMessage(message), instruction);
    }

    /** Returns a copy with a user's message that asks for another answer, as often as {@code OutputGuardrailsConfig} allows. */
    public AdaptedOutputGuardrail reprompting(String message) {
        return new AdaptedOutputGuardrail(blocked, Optional.of(message));
    }

    @Override
    public OutputGuardrailResult validate(AiMessage answer) {
        return blocked.reason(answer.text()).map(this::blocked).orElseGet(this::success);
    }

    private OutputGuardrailResult blocked(String reason) {
        return instruction.map(again -> reprompt(reason, again)).orElseGet(() -> fatal(reason));
    }
}
