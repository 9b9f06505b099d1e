package org.lsradapt.data.rules;

/** Formats values of a file for messages. */
public final class Quoted {

    private static final int LONGEST = 100;

    private Quoted() {}

    /** The value in quotes, on one line, cut off after 100 characters. */
    public static String value(String value) {
        return '"' + shortened(value) + '"';
    }

    /** The text on one line, cut off after 100 characters. */
    public static String shortened(String text) {
        String line = text.replaceAll("\\p{Cntrl}", " ");
        return line.length() <= LONGEST ? line : line.substring(0, LONGEST) + "...";
    }
}
