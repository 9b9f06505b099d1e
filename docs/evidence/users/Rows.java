import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.lsradapt.data.LabelledText;

/** Texts, with a class each. */
record Rows(List<Text> texts, int[] classes) {
    /** A user's rows. */
    record User(Rows train, Rows test) {}

    Rows first(int count) {
        return new Rows(texts.subList(0, count), Arrays.copyOf(classes, count));
    }

    List<LabelledText> labelled(List<String> labels) {
        return IntStream.range(0, texts.size())
                .mapToObj(i -> LabelledText.of(texts.get(i).text(), labels.get(classes[i])))
                .toList();
    }
}
