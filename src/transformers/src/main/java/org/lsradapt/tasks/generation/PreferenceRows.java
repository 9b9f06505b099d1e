package org.lsradapt.tasks.generation;

import java.io.IOException;
import java.util.List;
import java.util.stream.Stream;
import org.lsradapt.data.files.DataRow;
import org.lsradapt.data.rules.TextProblem;

/** Reads a prompt with a chosen and a rejected answer: texts, or messages in the Hugging Face Hub's format. */
final class PreferenceRows {
    private static final String PROMPT = "prompt";
    private static final String CHOSEN = "chosen";
    private static final String REJECTED = "rejected";

    static final List<String> COLUMNS = List.of(PROMPT, CHOSEN, REJECTED);

    private PreferenceRows() {}

    static Preference read(DataRow row) throws IOException {
        for (String column : COLUMNS) {
            if (!row.has(column)) {
                throw row.failure("there is no \"" + column + "\", expected " + String.join(", ", COLUMNS));
            }
        }
        boolean chats = row.isArray(CHOSEN);
        if (row.isArray(REJECTED) != chats) {
            throw row.failure("one of \"chosen\" and \"rejected\" is an array of messages and the other is a text,"
                    + " expected two of a kind");
        }
        if (!chats && row.isArray(PROMPT)) {
            throw row.failure(
                    PROMPT, "is an array of messages and the answers are texts, expected messages for all three");
        }
        try {
            return chats ? conversations(row) : texts(row);
        } catch (IllegalArgumentException e) {
            throw row.failure(e.getMessage());
        }
    }

    private static Preference texts(DataRow row) throws IOException {
        String prompt = row.text(PROMPT);
        row.refuse(PROMPT, TextProblem.ofUnicode(prompt));
        return Preference.of(prompt, row.filled(CHOSEN), row.filled(REJECTED));
    }

    /**
     * With a prompt of messages, the answers follow the prompt; with a prompt of text, they are whole conversations in which it is the
     * last question.
     */
    private static Preference conversations(DataRow row) throws IOException {
        ChatRows.refuseUnread(row);
        List<ChatMessage> prompt = row.isArray(PROMPT) ? ChatRows.messages(row, PROMPT) : List.of();
        Preference pair = new Preference(conversation(row, prompt, CHOSEN), conversation(row, prompt, REJECTED));
        if (prompt.isEmpty()) {
            List<ChatMessage> messages = ((Conversation) pair.chosen()).messages();
            if (!messages.get(messages.size() - 2).content().equals(row.text(PROMPT))) {
                throw row.failure(
                        PROMPT,
                        "is a text that is not the message before the answers, expected that text or an array of messages");
            }
        }
        return pair;
    }

    private static Conversation conversation(DataRow row, List<ChatMessage> prompt, String column) throws IOException {
        return new Conversation(Stream.concat(prompt.stream(), ChatRows.messages(row, column).stream())
                .toList());
    }
}
