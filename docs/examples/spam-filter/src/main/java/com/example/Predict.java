package com.example;

import java.nio.file.Path;
import org.lsradapt.tasks.classification.Classification;
import org.lsradapt.tasks.classification.TextClassifier;

/** Loads the filter in another process. */
class Predict {
    public static void main(String[] args) throws Exception {
        try (TextClassifier filter = TextClassifier.load(Path.of(args[0]))) {
            Classification answer = filter.predict(args[1]);
            System.out.printf("%s: %s (%.3f)%n", args[1], answer.label(), answer.probability(answer.label()));
        }
    }
}
