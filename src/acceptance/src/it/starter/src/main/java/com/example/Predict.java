package com.example;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.lsradapt.tasks.classification.Classification;
import org.lsradapt.tasks.classification.TextClassifier;

/** Loads in a second process, checks the predictions, and checks the size and platform of the jars. */
class Predict {
    private static final Pattern PLATFORM = Pattern.compile("-((?:linux|macosx|windows|android|ios)-\\w+)\\.jar$");
    private static final long MOST_BYTES = 300_000_000;

    public static void main(String[] args) throws Exception {
        try (TextClassifier classifier = TextClassifier.load(Path.of(args[0]))) {
            List<String> answers = classifier.predict(List.of("a great film", "a dull film")).stream()
                    .map(Classification::label)
                    .toList();
            require(answers.equals(List.of("good", "bad")), "predicted " + answers + ", expected [good, bad]");
        }
        List<Path> jars = Pattern.compile(File.pathSeparator, Pattern.LITERAL)
                .splitAsStream(System.getProperty("java.class.path"))
                .map(Path::of)
                .filter(Files::isRegularFile)
                .toList();
        long bytes = 0;
        for (Path jar : jars) {
            bytes += Files.size(jar);
        }
        require(bytes <= MOST_BYTES, jars.size() + " jars have " + bytes + " bytes, expected at most " + MOST_BYTES);
        List<String> platforms = jars.stream()
                .flatMap(jar -> PLATFORM.matcher(jar.toString()).results())
                .map(found -> found.group(1))
                .distinct()
                .toList();
        require(platforms.size() == 1, "binaries are of " + platforms + ", expected those of this platform alone");
        System.out.println(jars.size() + " jars, " + bytes + " bytes, " + platforms);
    }

    private static void require(boolean holds, String message) {
        if (!holds) {
            throw new AssertionError(message);
        }
    }
}
