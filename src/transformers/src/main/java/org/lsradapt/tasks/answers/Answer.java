package org.lsradapt.tasks.answers;

/**
 * An answer that occurs in a passage.
 *
 * @param start the index of its first UTF-16 code unit in the passage
 */
public record Answer(String text, int start) {

    /** The index after its last UTF-16 code unit in the passage. */
    public int end() {
        return start + text.length();
    }
}
