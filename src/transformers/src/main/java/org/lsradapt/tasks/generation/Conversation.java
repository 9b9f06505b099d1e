package org.lsradapt.tasks.generation;

import java.util.List;

/**
 * A conversation, of which the assistant's messages are learned. The model's chat template turns it into text.
 *
 * @param messages the messages in their order; copied
 */
public record Conversation(List<ChatMessage> messages) implements TrainingText {

    /** Copies the messages, one of which is the assistant's. */
    public Conversation {
        messages = List.copyOf(messages);
        if (messages.stream().noneMatch(ChatMessage::isAssistant)) {
            throw new IllegalArgumentException("conversation: " + messages.size()
                    + " messages and none of role \"assistant\", expected one at least, which is learned");
        }
    }

    /** Creates a conversation from messages in their order. */
    public static Conversation of(ChatMessage... messages) {
        return new Conversation(List.of(messages));
    }
}
