package org.lsradapt.springai;

import org.springframework.ai.document.Document;

final class DocumentTexts {
    private DocumentTexts() {}

    /** The text of a document; throws if it has only media. */
    static String required(Document document) {
        String text = document.getText();
        if (text == null) {
            throw new IllegalArgumentException(
                    "document " + document.getId() + ": has media and no text, expected one with text");
        }
        return text;
    }
}
