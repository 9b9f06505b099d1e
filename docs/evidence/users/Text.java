import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.lsradapt.data.Example;

/** A text with what it is: its class, and its words. */
record Text(String text, int file, Set<String> words) {
    static List<Text> of(List<Example> examples) {
        return examples.stream()
                .map(one -> new Text(one.first(), one.category(), words(one.first())))
                .toList();
    }

    private static Set<String> words(String text) {
        return Arrays.stream(text.toLowerCase(Locale.ROOT).split("[^a-z]+"))
                .filter(word -> word.length() >= 5)
                .collect(Collectors.toCollection(TreeSet::new));
    }
}
