package org.lsradapt.data;

import org.lsradapt.data.rules.Quoted;
import org.lsradapt.data.rules.TextProblem;

/**
 * A document or a query.
 *
 * @param id the id that judgements refer to
 * @param text the text that a model reads; a document's may be empty
 */
public record IdentifiedText(String id, String text) {

    /** Checks that the id is not blank, and the text is valid Unicode. */
    public IdentifiedText {
        if (id.isBlank()) {
            throw new IllegalArgumentException("identified text: the id is empty, expected one");
        }
        TextProblem.ofUnicode(text).ifPresent(message -> {
            throw new IllegalArgumentException("identified text " + Quoted.value(id) + ": the text " + message);
        });
    }
}
