package org.lsradapt.langchain4j;

import dev.langchain4j.data.message.TextContent;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.guardrail.GuardrailRequestParams;
import dev.langchain4j.guardrail.InputGuardrail;
import dev.langchain4j.guardrail.InputGuardrailRequest;
import dev.langchain4j.guardrail.InputGuardrailResult;
import dev.langchain4j.model.input.PromptTemplate;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Blocks user messages by an adapted classifier, before a language model reads them.
 *
 * <pre>{@code
 * InputGuardrail polite = AdaptedInputGuardrail.blocking(classifier.atLeast(0.8), Set.of(Tone.RUDE));
 * AiServices.builder(Assistant.class).chatModel(model).inputGuardrails(polite).build();
 * }</pre>
 *
 * <p>A message is blocked if {@link AdaptedTextClassifier#classify} gives its text one of the labels: with
 * {@link AdaptedTextClassifier#atLeast}, if the label's probability reaches the threshold. The result is fatal: no further
 * guardrail runs, and the AI service throws an {@code InputGuardrailException}. Only the
 * user's text is judged, without images and what retrieval adds, and of a long text only what the classifier reads.
 *
 * <p>Immutable, and safe for use by many threads.
 */
public final class AdaptedInputGuardrail implements InputGuardrail {
    private final BlockedLabels<?> blocked;

    private AdaptedInputGuardrail(BlockedLabels<?> blocked) {
        this.blocked = blocked;
    }

    /**
     * Blocks labels.
     *
     * @param classifier kept
     * @param labels one at least, of the classifier's
     * @throws IllegalArgumentException if there is none, or the classifier does not have it
     */
    public static <L> AdaptedInputGuardrail blocking(AdaptedTextClassifier<L> classifier, Set<L> labels) {
        return new AdaptedInputGuardrail(BlockedLabels.of(classifier, labels));
    }

    /** Returns a copy that fails with this message, instead of one with the label and its probability. */
    public AdaptedInputGuardrail withMessage(String message) {
        return new AdaptedInputGuardrail(blocked.withMessage(message));
    }

    /** Judges the user's words alone, without what a retrieval augmentor has added to them. */
    @Override
    public InputGuardrailResult validate(InputGuardrailRequest request) {
        GuardrailRequestParams service = request.requestParams();
        String template = service.userMessageTemplate();
        return service.augmentationResult() == null || template == null || template.isBlank()
                ? validate(request.userMessage())
                : judged(
                        PromptTemplate.from(template).apply(service.variables()).text());
    }

    @Override
    public InputGuardrailResult validate(UserMessage message) {
        return judged(message.contents().stream()
                .filter(TextContent.class::isInstance)
                .map(content -> ((TextContent) content).text())
                .collect(Collectors.joining("\n")));
    }

    private InputGuardrailResult judged(String text) {
        return blocked.reason(text).map(this::fatal).orElseGet(this::success);
    }
}
