package org.lsradapt.finetuning;

import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.lsradapt.data.LabelledText;
import org.lsradapt.training.settings.TrainingConfig;

/** Small data and models for tests. */
public final class Samples {

    private Samples() {}

    /** A model of golden/families, with its tokenizer: {@code bert}, {@code deberta-v3} or {@code llama}. */
    public static String model(String name) {
        try {
            return Path.of(Samples.class.getResource("/golden/families/" + name).toURI())
                    .toString();
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Texts about sun and rain, which two words tell apart; twice as many warm ones as cold ones. */
    public static List<LabelledText> weather(int count) {
        List<LabelledText> texts = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            boolean warm = i % 3 != 0;
            texts.add(LabelledText.of(text(i), warm ? "warm" : "cold"));
        }
        return texts;
    }

    /** The i-th of these texts. */
    public static String text(int i) {
        String[] beginnings = {"the ", "and the ", "is the ", "smile and the ", "the the ", "is is the ", "and "};
        return beginnings[i % beginnings.length]
                + (i % 3 != 0 ? "sun is warm" : "rain is cold")
                + ".".repeat(i / 7 + 1);
    }

    /** The same with numbers: 1 for warm, -1 for cold. */
    public static List<LabelledText> degrees(int count) {
        return weather(count).stream()
                .map(text -> LabelledText.of(text.text(), text.label().equals("warm") ? 1.0 : -1.0))
                .toList();
    }

    /** A training that learns them on a small random model. */
    public static TrainingConfig.Builder quick() {
        return TrainingConfig.builder()
                .epochs(8)
                .batchSize(6)
                .learningRate(1e-2)
                .headLearningRate(3e-2)
                .seed(1);
    }
}
