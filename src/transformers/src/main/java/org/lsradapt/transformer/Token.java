package org.lsradapt.transformer;

/**
 * A token of a text, and where in the text it stands.
 *
 * @param text the token as the vocabulary has it, such as {@code ##ing} or {@code Ġthe}
 * @param id its index in the vocabulary
 * @param typeId its type: 0 for the first text, 1 for the second, where the model tells them apart
 * @param part which text it is of: 0 the first, 1 the second, −1 neither, as it was added as a special token
 * @param from where it begins in that text, counted in Unicode characters (code points); 0 for an added one
 * @param to where it ends, exclusive; 0 for an added one
 */
public record Token(String text, int id, int typeId, int part, int from, int to) {

    /** Whether the tokenizer added it, such as {@code [CLS]} before each text. */
    public boolean isAdded() {
        return part < 0;
    }
}
