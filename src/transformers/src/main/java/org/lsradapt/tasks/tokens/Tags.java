package org.lsradapt.tasks.tokens;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.IntFunction;
import java.util.regex.Pattern;
import org.lsradapt.data.rules.Quoted;

/** The tags of the sentences of one file or list, their form, and their conversion to IOB2. */
final class Tags {
    static final String NONE = "O";

    private static final Pattern PREFIXED = Pattern.compile("[A-Z]-.+");
    private static final String KNOWN = "BIESLU";
    private static final Pattern WITHOUT_TYPE = Pattern.compile("[" + KNOWN + "]-");

    private final List<Sentence> sentences;
    private final Form form;

    enum Form {
        /** No prefixes: each word has its own label. */
        PLAIN,
        /** {@code I-} throughout; {@code B-} only between adjacent spans with the same label. */
        IOB1,
        /** {@code B-} at the beginning of each span. */
        IOB2,
        /** Spans that begin in either way, a mixture that no standard form has. */
        IOB_MIXED,
        IOBES,
        BILOU
    }

    /**
     * A sentence with the tags of its source.
     *
     * @param place the location of a word, for messages
     */
    record Sentence(LabelledWords words, IntFunction<String> place) {
        IOException failure(int word, String message) {
            return new IOException(place.apply(word) + ": " + message);
        }
    }

    private Tags(List<Sentence> sentences, Form form) {
        this.sentences = sentences;
        this.form = form;
    }

    /** Recognizes the form, which all tags must have; the exception names the place of another one. */
    static Tags of(List<Sentence> sentences) throws IOException {
        Set<Character> prefixes = new TreeSet<>();
        for (Sentence sentence : sentences) {
            List<String> tags = sentence.words().tags();
            for (int i = 0; i < tags.size(); i++) {
                if (WITHOUT_TYPE.matcher(tags.get(i)).matches()) {
                    throw sentence.failure(
                            i,
                            "the tag is " + Quoted.value(tags.get(i)) + ", expected a type behind the prefix, such as "
                                    + tags.get(i) + "LOC, or O");
                }
                if (isPrefixed(tags.get(i))) {
                    prefixes.add(tags.get(i).charAt(0));
                }
            }
        }
        if (prefixes.isEmpty()) {
            return new Tags(sentences, Form.PLAIN);
        }
        boolean ends = prefixes.contains('E') || prefixes.contains('S');
        boolean lasts = prefixes.contains('L') || prefixes.contains('U');
        for (Sentence sentence : sentences) {
            for (int i = 0; i < sentence.words().tags().size(); i++) {
                String tag = sentence.words().tags().get(i);
                if (tag.equals(NONE)) {
                    continue;
                }
                if (!isPrefixed(tag)
                        || KNOWN.indexOf(tag.charAt(0)) < 0
                        || (ends && "LU".indexOf(tag.charAt(0)) >= 0)) {
                    throw sentence.failure(
                            i,
                            "the tag is " + Quoted.value(tag) + ", expected O or one that begins with "
                                    + (ends ? "B-, I-, E- or S-" : lasts ? "B-, I-, L- or U-" : "B- or I-")
                                    + " as other tags do");
                }
            }
        }
        return new Tags(sentences, ends ? Form.IOBES : lasts ? Form.BILOU : outside(sentences));
    }

    private static boolean isPrefixed(String tag) {
        return PREFIXED.matcher(tag).matches();
    }

    /** Chooses among the forms with {@code B-} and {@code I-} only. */
    private static Form outside(List<Sentence> sentences) {
        Set<Character> beginnings = new HashSet<>();
        boolean needless = false;
        for (Sentence sentence : sentences) {
            List<String> tags = sentence.words().tags();
            for (int i = 0; i < tags.size(); i++) {
                String tag = tags.get(i);
                boolean behindOwn = i > 0
                        && !tags.get(i - 1).equals(NONE)
                        && !tag.equals(NONE)
                        && tags.get(i - 1).substring(1).equals(tag.substring(1));
                if (!tag.equals(NONE) && !behindOwn) {
                    beginnings.add(tag.charAt(0));
                }
                needless |= tag.startsWith("B-") && !behindOwn;
            }
        }
        if (!beginnings.contains('I')) {
            return Form.IOB2;
        }
        return needless ? Form.IOB_MIXED : Form.IOB1;
    }

    Form form() {
        return form;
    }

    Optional<String> note(String source) {
        return switch (form) {
            case PLAIN ->
                Optional.of(
                        "tags of " + source
                                + " have no prefixes such as B- and I-: each word has a label by itself, and scores count words");
            case IOB1 -> Optional.of("tags of " + source + " are IOB1; read as IOB2");
            case IOB2 -> Optional.empty();
            case IOB_MIXED ->
                Optional.of(
                        "tags of " + source
                                + " begin spans with B- and with I-; read as IOB2, where either begins one behind another label");
            case IOBES -> Optional.of("tags of " + source + " are IOBES; read as IOB2");
            case BILOU -> Optional.of("tags of " + source + " are BILOU; read as IOB2");
        };
    }

    /** The sentences with tags in IOB2 or without prefixes; refuses a tag that does not continue or end a span that has begun. */
    List<LabelledWords> converted() throws IOException {
        List<LabelledWords> all = new ArrayList<>();
        for (Sentence sentence : sentences) {
            all.add(
                    switch (form) {
                        case PLAIN, IOB2 -> sentence.words();
                        case IOB1, IOB_MIXED -> ofSpans(sentence.words());
                        case IOBES, BILOU -> ofEnds(sentence);
                    });
        }
        return all;
    }

    private static LabelledWords ofSpans(LabelledWords words) {
        List<String> tags = new ArrayList<>(words.tags());
        for (WordSpan span : words.spans()) {
            tags.set(span.from(), "B-" + span.label());
        }
        return new LabelledWords(words.words(), tags);
    }

    /** Converts a form that also marks the last word of a span. */
    private static LabelledWords ofEnds(Sentence sentence) throws IOException {
        List<String> tags = new ArrayList<>();
        List<String> given = sentence.words().tags();
        String open = "";
        for (int i = 0; i < given.size(); i++) {
            String tag = given.get(i);
            char prefix = tag.charAt(0);
            String label = tag.equals(NONE) ? "" : tag.substring(2);
            boolean inside = "IEL".indexOf(prefix) >= 0 && !tag.equals(NONE);
            if (inside ? !label.equals(open) : !open.isEmpty()) {
                throw sentence.failure(
                        i,
                        "the tag is " + Quoted.value(tag) + ", expected "
                                + (open.isEmpty()
                                        ? "one that begins a span before it"
                                        : "one that continues or ends the span of label " + Quoted.value(open)));
            }
            tags.add(tag.equals(NONE) ? NONE : (inside ? "I-" : "B-") + label);
            open = prefix == 'B' || prefix == 'I' ? label : "";
        }
        if (!open.isEmpty()) {
            throw sentence.failure(
                    given.size() - 1,
                    "the sentence ends inside of the span of label " + Quoted.value(open) + ", expected its last word");
        }
        return new LabelledWords(sentence.words().words(), tags);
    }
}
