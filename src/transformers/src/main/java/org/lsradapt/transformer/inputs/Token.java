package org.lsradapt.transformer.inputs;

/**
 * A token of a text and its place in the text.
 *
 * @param text the token in the vocabulary, such as {@code ##ing} or {@code Ġthe}
 * @param id its index in the vocabulary
 * @param typeId its type: 0 for the first text, 1 for the second, if the model distinguishes them
 * @param part the text it belongs to: 0 for the first, 1 for the second, −1 for an added special token
 * @param from its start in that text, in Unicode characters (code points); 0 for an added token
 * @param to its end, exclusive; 0 for an added token
 */
public record Token(String text, int id, int typeId, int part, int from, int to) {

    /** Whether the tokenizer added the token, such as {@code [CLS]} before each text. */
    public boolean isAdded() {
        return part < 0;
    }
}
