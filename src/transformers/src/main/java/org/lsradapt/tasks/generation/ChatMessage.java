package org.lsradapt.tasks.generation;

import org.lsradapt.data.rules.TextProblem;

/**
 * One message of a conversation.
 *
 * @param role the speaker: "system", "user", "assistant", or another role that the model's chat template supports
 * @param content the text; may be empty
 */
public record ChatMessage(String role, String content) {
    /** The role of the model's messages. */
    public static final String ASSISTANT = "assistant";

    /** Checks that the role is not blank, and both are valid Unicode. */
    public ChatMessage {
        TextProblem.refuse("chat message", "role", TextProblem.ofText(role));
        TextProblem.refuse("chat message", "content", TextProblem.ofUnicode(content));
    }

    /** Creates a user's message. */
    public static ChatMessage user(String content) {
        return new ChatMessage("user", content);
    }

    /** Creates a message of the model. */
    public static ChatMessage assistant(String content) {
        return new ChatMessage(ASSISTANT, content);
    }

    /** Creates the system message that precedes the conversation. */
    public static ChatMessage system(String content) {
        return new ChatMessage("system", content);
    }

    /** Whether this is a message of the model. */
    public boolean isAssistant() {
        return role.equals(ASSISTANT);
    }
}
