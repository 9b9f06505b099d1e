package org.lsradapt.tasks.generation;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntConsumer;
import org.lsradapt.models.BaseModel;
import org.lsradapt.models.ChatTemplate;
import org.lsradapt.transformer.inputs.TokenSequence;

/** Turns conversations into texts, with a model's chat template. */
final class ChatTurns {

    private ChatTurns() {}

    /** The model's input before the assistant's next answer. */
    static String prompt(BaseModel model, List<ChatMessage> messages) {
        return render(model.chatTemplate(), messages, true);
    }

    /** Encodes texts and conversations; the template is read only if there are conversations. */
    static List<TokenSequence> encode(List<? extends TrainingText> texts, BaseModel model, int length) {
        return encodeEach(texts, model, length, whole -> model.cutTexts().addPrompted(whole, length)).stream()
                .flatMap(List::stream)
                .toList();
    }

    /** Encodes like {@link #encode}, without counting long prompts; returns the sequences of each text. */
    static List<List<TokenSequence>> encodeEach(List<? extends TrainingText> texts, BaseModel model, int length) {
        return encodeEach(texts, model, length, whole -> {});
    }

    private static List<List<TokenSequence>> encodeEach(
            List<? extends TrainingText> texts, BaseModel model, int length, IntConsumer prompted) {
        Optional<ChatTemplate> template = template(texts, model);
        return texts.stream()
                .map(text -> TextSequences.encode(
                        List.of(text),
                        model.tokenizer(),
                        conversation -> of(template.orElseThrow(), conversation.messages()),
                        length,
                        prompted))
                .toList();
    }

    private static Optional<ChatTemplate> template(List<? extends TrainingText> texts, BaseModel model) {
        return texts.stream().anyMatch(Conversation.class::isInstance)
                ? Optional.of(model.chatTemplate())
                : Optional.empty();
    }

    /** Encodes texts and the last answers of conversations, uncut; empty where there is no token to predict. */
    static List<Optional<TokenSequence>> encodeLast(List<TrainingText> texts, BaseModel model) {
        Optional<ChatTemplate> template = template(texts, model);
        return texts.stream()
                .map(text -> TextSequences.encode(
                                List.of(text),
                                model.tokenizer(),
                                chat -> List.of(turn(
                                        template.orElseThrow(),
                                        chat.messages(),
                                        chat.messages().size() - 1)),
                                Integer.MAX_VALUE)
                        .stream()
                        .findFirst())
                .toList();
    }

    /**
     * Returns a prompt and a completion for each answer of the assistant. The text of the messages up to an answer has
     * to begin with the text that the model reads before it answers. So a template may show earlier answers in another
     * way than the last one.
     *
     * @throws IllegalArgumentException if the template refuses the messages, or a text does not begin with its prompt
     */
    static List<PromptCompletion> of(ChatTemplate template, List<ChatMessage> messages) {
        List<PromptCompletion> turns = new ArrayList<>();
        for (int i = 0; i < messages.size(); i++) {
            if (messages.get(i).isAssistant()) {
                turns.add(turn(template, messages, i));
            }
        }
        return turns;
    }

    private static PromptCompletion turn(ChatTemplate template, List<ChatMessage> messages, int answer) {
        String before = render(template, messages.subList(0, answer), true);
        String whole = render(template, messages.subList(0, answer + 1), false);
        if (!whole.startsWith(before)) {
            throw new IllegalArgumentException("chat template: the text of " + (answer + 1)
                    + " messages does not begin with that of the first " + answer
                    + " and the generation prompt, expected a template whose answers follow it");
        }
        return new PromptCompletion(before, whole.substring(before.length()));
    }

    private static String render(ChatTemplate template, List<ChatMessage> messages, boolean answering) {
        return template.render(
                messages.stream()
                        .map(message -> Map.of("role", message.role(), "content", message.content()))
                        .toList(),
                answering);
    }
}
