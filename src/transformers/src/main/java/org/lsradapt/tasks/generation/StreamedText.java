package org.lsradapt.tasks.generation;

import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import org.lsradapt.transformer.inputs.Tokenizer;

/**
 * Text that grows token by token. A piece is passed on as soon as nothing that follows can change it: not while a
 * character is incomplete, and not while its end may be the beginning of a stop string.
 *
 * <p>SentencePiece's tokens of single bytes are decoded a run at a time: one wrong byte makes the whole run unreadable,
 * including the characters that were complete before it. Here those characters stay, and the rest is decoded
 * separately.
 */
final class StreamedText {
    private static final char INCOMPLETE = '\uFFFD';

    private final Tokenizer tokenizer;
    private final List<String> stops;
    private final Consumer<String> pieces;
    private final String promptText;
    private int[] ids;
    private int count;
    private String text = "";
    private int passedOn;
    private boolean stopped;

    /** The text when it last ended with a whole character, and the number of its tokens. */
    private String complete = "";

    private int completeCount;

    /** Begins after the tokens of a prompt, on which the reading of the first new token may depend. */
    StreamedText(Tokenizer tokenizer, int[] prompt, List<String> stops, Consumer<String> pieces) {
        this.tokenizer = tokenizer;
        this.stops = stops;
        this.pieces = pieces;
        ids = Arrays.copyOf(prompt, Math.max(16, 2 * prompt.length));
        count = prompt.length;
        completeCount = count;
        promptText = tokenizer.decode(prompt);
    }

    /** Adds a token; returns false if the text ends before it or with it. */
    boolean add(int token) {
        if (count == ids.length) {
            ids = Arrays.copyOf(ids, 2 * count);
        }
        ids[count++] = token;
        text = decoded();
        if (!text.isEmpty() && text.charAt(text.length() - 1) != INCOMPLETE) {
            complete = text;
            completeCount = count;
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

    private String decoded() {
        String whole = tokenizer.decode(Arrays.copyOf(ids, count));
        if (whole.startsWith(promptText) && whole.startsWith(complete, promptText.length())) {
            return whole.substring(promptText.length());
        }
        // After a letter, since the first space of a text is left out.
        int[] letter = tokenizer.ids("a");
        int[] rest = Arrays.copyOf(letter, letter.length + count - completeCount);
        System.arraycopy(ids, completeCount, rest, letter.length, count - completeCount);
        return complete
                + tokenizer.decode(rest).substring(tokenizer.decode(letter).length());
    }

    /** Passes the rest on, and returns the whole text. */
    String finish() {
        if (!stopped) {
            passOn(text.length());
        }
        return text;
    }

    /** Whether a stop string ended the text. */
    boolean isStopped() {
        return stopped;
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

    /** The number of characters that no later token can change or cut off. */
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
