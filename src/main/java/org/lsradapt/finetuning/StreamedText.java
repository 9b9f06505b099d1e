package org.lsradapt.finetuning;

import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import org.lsradapt.transformer.Tokenizer;

/**
 * Text that grows token by token. A piece is passed on as soon as nothing that follows can change it: not while a
 * character is incomplete, and not while its end may be the beginning of a stop string.
 */
final class StreamedText {
    private static final char INCOMPLETE = '\uFFFD';

    private final Tokenizer tokenizer;
    private final List<String> stops;
    private final Consumer<String> pieces;
    private int[] ids;
    private int count;
    private final int prefix;
    private String text = "";
    private int passedOn;
    private boolean stopped;

    /**
     * Begins behind a prompt.
     *
     * @param tokenizer decodes
     * @param prompt the tokens before; how the first new token reads may depend on them
     * @param stops strings that end the text
     * @param pieces told of each piece of the text
     */
    StreamedText(Tokenizer tokenizer, int[] prompt, List<String> stops, Consumer<String> pieces) {
        this.tokenizer = tokenizer;
        this.stops = stops;
        this.pieces = pieces;
        ids = Arrays.copyOf(prompt, Math.max(16, 2 * prompt.length));
        count = prompt.length;
        prefix = tokenizer.decode(prompt).length();
    }

    /** Adds a token; false if the text ends before it or with it. */
    boolean add(int token) {
        if (count == ids.length) {
            ids = Arrays.copyOf(ids, 2 * count);
        }
        ids[count++] = token;
        String whole = tokenizer.decode(Arrays.copyOf(ids, count));
        String grown = whole.substring(Math.min(prefix, whole.length()));
        // Tokens of single bytes are read as a whole: an incomplete character behind them makes them unreadable until its end.
        if (grown.regionMatches(0, text, 0, passedOn)) {
            text = grown;
        }
        int stop = firstStop();
        if (stop >= 0) {
            text = text.substring(0, stop);
            stopped = true;
            passOn(stop);
            return false;
        }
        passOn(settled());
        return true;
    }

    /** Passes the rest on; the whole text. */
    String finish() {
        if (!stopped) {
            passOn(text.length());
        }
        return text;
    }

    private int firstStop() {
        int first = -1;
        for (String stop : stops) {
            int at = text.indexOf(stop);
            if (at >= 0 && (first < 0 || at < first)) {
                first = at;
            }
        }
        return first;
    }

    /** How many characters no later token can change or cut off. */
    private int settled() {
        int end = text.length();
        while (end > 0 && text.charAt(end - 1) == INCOMPLETE) {
            end--;
        }
        int settled = end;
        for (String stop : stops) {
            for (int length = Math.min(stop.length() - 1, end); length > 0; length--) {
                if (text.startsWith(stop.substring(0, length), end - length)) {
                    settled = Math.min(settled, end - length);
                    break;
                }
            }
        }
        return settled;
    }

    private void passOn(int end) {
        if (end > passedOn) {
            pieces.accept(text.substring(passedOn, end));
            passedOn = end;
        }
    }
}
