package org.lsradapt.tasks.generation;

import java.util.List;
import java.util.stream.Stream;
import org.lsradapt.data.rules.TextProblem;

/**
 * Two answers to one prompt, of which one is preferred: texts with the same prompt, or conversations that differ in their last message,
 * which is the assistant's.
 *
 * @param chosen the prompt with the preferred answer
 * @param rejected the prompt with the other answer
 */
public record Preference(TrainingText chosen, TrainingText rejected) {

    /** Checks that the answers are valid, follow the same prompt and differ. */
    public Preference {
        requireText("chosen", answer(chosen));
        requireText("rejected", answer(rejected));
        require(
                prompt(chosen).equals(prompt(rejected)),
                "the chosen and the rejected answer follow different prompts, expected the same one");
        require(
                !answer(chosen).equals(answer(rejected)),
                "the chosen answer equals the rejected one, expected different answers");
    }

    /**
     * Creates a pair of answers to a text. Each answer is appended to the prompt unchanged: a space or line end between them has to be
     * part of one of them.
     *
     * @throws IllegalArgumentException if an answer is blank, the two are equal, or a text is not valid Unicode
     */
    public static Preference of(String prompt, String chosen, String rejected) {
        requireText("chosen", chosen);
        requireText("rejected", rejected);
        return new Preference(new PromptCompletion(prompt, chosen), new PromptCompletion(prompt, rejected));
    }

    /**
     * Creates a pair of answers in a conversation, which the model's chat template turns into text.
     *
     * @param prompt the messages so far, ending with the user's question
     * @throws IllegalArgumentException if an answer is blank or the two are equal
     */
    public static Preference of(List<ChatMessage> prompt, String chosen, String rejected) {
        return new Preference(answered(prompt, chosen), answered(prompt, rejected));
    }

    private static Conversation answered(List<ChatMessage> prompt, String answer) {
        return new Conversation(Stream.concat(prompt.stream(), Stream.of(ChatMessage.assistant(answer)))
                .toList());
    }

    /** The text or the messages that precede both answers. */
    public Object prompt() {
        return prompt(chosen);
    }

    private static Object prompt(TrainingText text) {
        if (text instanceof Conversation conversation) {
            List<ChatMessage> messages = conversation.messages();
            return messages.subList(0, messages.size() - 1);
        }
        return ((PromptCompletion) text).prompt();
    }

    private static String answer(TrainingText text) {
        if (text instanceof Conversation conversation) {
            List<ChatMessage> messages = conversation.messages();
            ChatMessage last = messages.get(messages.size() - 1);
            require(
                    last.isAssistant() && messages.size() > 1,
                    "the last message is of role \"" + last.role() + "\" after " + (messages.size() - 1)
                            + " others, expected an answer of role \"" + ChatMessage.ASSISTANT
                            + "\" after one message at least");
            return last.content();
        }
        return ((PromptCompletion) text).completion();
    }

    private static void requireText(String name, String answer) {
        TextProblem.refuse("preference", name + " answer", TextProblem.ofText(answer));
    }

    private static void require(boolean fits, String problem) {
        if (!fits) {
            throw new IllegalArgumentException("preference: " + problem);
        }
    }
}
