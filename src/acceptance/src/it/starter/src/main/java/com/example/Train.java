package com.example;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.lsradapt.data.LabelledText;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.tasks.classification.TextClassifier;

/** Trains on lists, with the one dependency {@code lsr-adapt}. */
class Train {
    public static void main(String[] args) throws Exception {
        List<LabelledText> examples = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            examples.add(LabelledText.of("a great film, part " + i, "good"));
            examples.add(LabelledText.of("a dull film, part " + i, "bad"));
        }
        try (TextClassifier classifier =
                TextClassifier.on("minilm").adapters(LsrConfig.defaults()).train(examples)) {
            classifier.save(Path.of(args[0]));
        }
    }
}
