package org.lsradapt.tasks.generation;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.lsradapt.data.files.DataRow;
import org.lsradapt.data.files.JsonRow;
import org.lsradapt.data.rules.Quoted;
import org.lsradapt.data.rules.TextProblem;

/** Reads messages from JSON lines in the Hugging Face Hub's format. */
final class ChatRows {
    private static final List<String> FIELDS = List.of("role", "content");

    private ChatRows() {}

    /** The conversation of a row with the field "messages". */
    static Conversation conversation(DataRow row) throws IOException {
        refuseUnread(row);
        List<ChatMessage> messages = messages(row, "messages");
        if (messages.stream().noneMatch(ChatMessage::isAssistant)) {
            throw row.failure("messages", "has no message of role \"assistant\", expected one at least");
        }
        return new Conversation(messages);
    }

    /** Refuses unsupported fields that chat templates would read. */
    static void refuseUnread(DataRow row) throws IOException {
        for (String unread : List.of("tools", "documents")) {
            if (row.has(unread)) {
                throw row.failure(unread, "is not supported, expected messages of role and content alone");
            }
        }
    }

    static List<ChatMessage> messages(DataRow row, String field) throws IOException {
        if (!(row instanceof JsonRow json)) {
            throw row.failure(field, "holds messages, expected JSON lines");
        }
        List<ChatMessage> messages = new ArrayList<>();
        for (JsonRow message : json.objects(field, FIELDS)) {
            for (String name : message.columns()) {
                if (!FIELDS.contains(name) && message.has(name)) {
                    throw message.failure(name, "is not supported, expected " + String.join(" and ", FIELDS));
                }
            }
            String content = message.text("content");
            message.refuse("content", TextProblem.ofUnicode(content));
            messages.add(new ChatMessage(message.filled("role"), content));
        }
        if (messages.isEmpty()) {
            throw row.failure(field, "is " + Quoted.shortened("[]") + ", expected one message at least");
        }
        return messages;
    }
}
