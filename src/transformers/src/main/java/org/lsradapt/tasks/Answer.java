package org.lsradapt.tasks;

/**
 * An answer that stands in a passage.
 *
 * @param text the words of the answer
 * @param start index of its first code unit of UTF-16 in the passage
 */
public record Answer(String text, int start) {

    /** The index behind its last code unit of UTF-16 in the passage. */
    public int end() {
        return start + text.length();
    }
}
