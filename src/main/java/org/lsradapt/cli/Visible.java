package org.lsradapt.cli;

/** Text out of files and arguments on a terminal, where control characters would move the cursor or change colours. */
final class Visible {
    private Visible() {}

    /** A line with control characters, among them tabs and line ends, as Java and JSON write them. */
    static String line(String text) {
        if (text.chars().noneMatch(Character::isISOControl)) {
            return text;
        }
        StringBuilder visible = new StringBuilder();
        for (char c : text.toCharArray()) {
            switch (c) {
                case '\n' -> visible.append("\\n");
                case '\r' -> visible.append("\\r");
                case '\t' -> visible.append("\\t");
                default -> visible.append(Character.isISOControl(c) ? String.format("\\u%04x", (int) c) : c);
            }
        }
        return visible.toString();
    }
}
