package org.lsradapt.tasks.queries;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.lsradapt.data.TextPair;
import org.lsradapt.io.internal.AtomicFile;
import org.lsradapt.io.internal.JsonFile;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.retrieval.ExactSearch;
import org.lsradapt.retrieval.Hit;
import org.lsradapt.tasks.embeddings.TextEncoder;

/**
 * Makes training pairs for a search from passages alone: a language model writes questions about each passage, and those
 * by which an embedder does not find the passage are left out (round trip).
 *
 * <pre>{@code
 * List<TextPair> pairs = PassageQuestions.by(QuestionPrompt.usual(3).asking(prompt -> generator.generate(prompt)))
 *         .among(10)
 *         .make(passages, embedder)
 *         .pairs();
 * }</pre>
 *
 * <p>Immutable, and safe for use by many threads if the function is.
 */
public final class PassageQuestions {
    /** The questions that are kept of each passage unless {@link #perPassage} sets them. */
    public static final int PER_PASSAGE = 3;

    /** The rank at which a passage has to be found unless {@link #among} sets it. */
    public static final int AMONG = 10;

    private final Function<String, List<String>> writer;
    private final int perPassage;
    private final int among;

    private PassageQuestions(Function<String, List<String>> writer, int perPassage, int among) {
        Require.argument(perPassage >= 1, "questions: %d of each passage, expected 1 or more", perPassage);
        Require.argument(among >= 1, "questions: the passage is among the first %d, expected 1 or more", among);
        this.writer = writer;
        this.perPassage = perPassage;
        this.among = among;
    }

    /**
     * Begins with a function that writes questions about a passage, the best first; {@link QuestionPrompt#asking} makes one
     * of a language model.
     */
    public static PassageQuestions by(Function<String, List<String>> writer) {
        return new PassageQuestions(writer, PER_PASSAGE, AMONG);
    }

    /** Sets how many questions of a passage are kept at most; {@value #PER_PASSAGE} by default. */
    public PassageQuestions perPassage(int most) {
        return new PassageQuestions(writer, most, among);
    }

    /** Sets the number of first passages among which a question has to find its own; {@value #AMONG} by default. */
    public PassageQuestions among(int first) {
        return new PassageQuestions(writer, perPassage, first);
    }

    /**
     * Questions that pass, with the numbers of those that do not. The list is copied.
     *
     * @param pairs each question with its passage, in the order of the passages
     * @param written the number of questions that were written
     * @param copies the number of questions that equal another one or their passage, up to case and white space
     * @param lost the number of other questions that do not find their passage
     * @param beyond the number of other questions beyond those that are kept of each passage
     */
    public record Made(List<TextPair> pairs, int written, int copies, int lost, int beyond) {
        /** Copies the list. */
        public Made {
            pairs = List.copyOf(pairs);
        }

        /** Returns a sentence without its full stop that says what became of the questions. */
        public String summary() {
            return String.format(
                    Locale.ROOT,
                    "%,d questions written; left out: %,d copies, %,d that do not find their passage, %,d beyond the number"
                            + " per passage; %,d pairs",
                    written,
                    copies,
                    lost,
                    beyond,
                    pairs.size());
        }

        /**
         * Writes the pairs as JSON lines with the fields "anchor" and "positive", which {@code mine-negatives} and
         * {@code finetune} read.
         *
         * @param file the file; replaced as a whole
         * @throws IOException if the file cannot be written
         */
        public void write(Path file) throws IOException {
            StringBuilder lines = new StringBuilder();
            for (TextPair pair : pairs) {
                Map<String, Object> row = new LinkedHashMap<>();
                row.put("anchor", pair.anchor());
                row.put("positive", pair.positive());
                lines.append(JsonFile.line(row)).append('\n');
            }
            AtomicFile.write(file, lines.toString().getBytes(StandardCharsets.UTF_8));
        }
    }

    /** Returns the questions about a passage as they are written. */
    public List<String> write(String passage) {
        return writer.apply(passage);
    }

    /** Writes questions about all passages, of which equal ones count once, and filters them by embeddings. */
    public Made make(List<String> passages, TextEncoder encoder) {
        Map<String, List<String>> written = new LinkedHashMap<>();
        passages.forEach(passage -> written.computeIfAbsent(passage, this::write));
        return filter(written, passages, encoder);
    }

    /**
     * Filters questions that are written.
     *
     * @param written the questions by passage, in order
     * @param corpus the passages to search, which have to include those with questions
     * @param encoder embeds questions and passages
     * @return the questions that find their passages, each once
     */
    public Made filter(Map<String, List<String>> written, List<String> corpus, TextEncoder encoder) {
        List<String> texts = corpus.stream().distinct().toList();
        List<TextPair> different = different(written);
        List<TextPair> found = found(different, texts, encoder);
        Map<String, Integer> kept = new LinkedHashMap<>();
        List<TextPair> pairs = found.stream()
                .filter(pair -> kept.merge(pair.positive(), 1, Integer::sum) <= perPassage)
                .toList();
        int all = written.values().stream().mapToInt(List::size).sum();
        return new Made(
                pairs, all, all - different.size(), different.size() - found.size(), found.size() - pairs.size());
    }

    private static List<TextPair> different(Map<String, List<String>> written) {
        Set<String> known = new HashSet<>();
        List<TextPair> different = new ArrayList<>();
        written.forEach((passage, questions) -> {
            String own = QuestionPrompt.normalized(passage);
            for (String question : questions) {
                String text = QuestionPrompt.normalized(question);
                if (!text.isEmpty() && !text.equals(own) && known.add(text)) {
                    different.add(TextPair.of(question, passage));
                }
            }
        });
        return different;
    }

    private List<TextPair> found(List<TextPair> asked, List<String> texts, TextEncoder encoder) {
        if (asked.isEmpty()) {
            return List.of();
        }
        ExactSearch search = ExactSearch.in(encoder.embed(texts));
        List<List<Hit>> hits = search.search(
                encoder.embedQueries(asked.stream().map(TextPair::anchor).toList()), Math.min(among, texts.size()));
        List<TextPair> found = new ArrayList<>();
        for (int i = 0; i < asked.size(); i++) {
            String passage = asked.get(i).positive();
            if (hits.get(i).stream().anyMatch(hit -> texts.get(hit.document()).equals(passage))) {
                found.add(asked.get(i));
            }
        }
        return found;
    }
}
