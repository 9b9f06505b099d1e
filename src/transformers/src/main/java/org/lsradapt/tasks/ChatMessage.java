package org.lsradapt.tasks;

import org.lsradapt.tasks.internal.TextProblem;

/**
 * One message of a conversation.
 *
 * @param role who says it: "system", "user", "assistant", or another that the model's chat template knows
 * @param content the text; may be empty
 */
public record ChatMessage(String role, String content) {
    /** The role of what the model writes. */
    public static final String ASSISTANT = "assistant";

    /**
     * Checks the values.
     *
     * @throws IllegalArgumentException if the role is blank, or one of the two no valid Unicode
     */
    public ChatMessage {
        TextProblem.refuse("chat message", "role", TextProblem.ofText(role));
        TextProblem.refuse("chat message", "content", TextProblem.ofUnicode(content));
    }

    /** A user's message. */
    public static ChatMessage user(String content) {
        return new ChatMessage("user", content);
    }

    /** The model's message. */
    public static ChatMessage assistant(String content) {
        return new ChatMessage(ASSISTANT, content);
    }

    /** The system message before the conversation. */
    public static ChatMessage system(String content) {
        return new ChatMessage("system", content);
    }

    /** Whether the model says it. */
    public boolean isAssistant() {
        return role.equals(ASSISTANT);
    }
}
