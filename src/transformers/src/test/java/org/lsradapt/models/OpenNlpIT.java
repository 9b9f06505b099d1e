package org.lsradapt.models;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import opennlp.dl.InferenceOptions;
import opennlp.dl.doccat.DocumentCategorizerDL;
import opennlp.dl.doccat.scoring.AverageClassificationScoringStrategy;
import opennlp.dl.namefinder.NameFinderDL;
import opennlp.dl.vectors.SentenceVectorsDL;
import opennlp.tools.sentdetect.SentenceDetector;
import opennlp.tools.util.Span;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.models.MergedOnnxHeadTest.Trained;
import org.lsradapt.objectives.AdaptedModel;
import org.lsradapt.objectives.Loss;
import org.lsradapt.objectives.heads.SequenceObjective;
import org.lsradapt.tasks.description.TokensDescription;
import org.lsradapt.transformer.TokenBatch;
import org.lsradapt.transformer.TransformerPass;
import org.lsradapt.transformer.inputs.Rows;
import org.lsradapt.transformer.inputs.TokenSequence;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Our ONNX folders in Apache OpenNLP, which Solr 10 uses, against this library's own outputs. */
class OpenNlpIT {
    private static final int LONGEST = 200;
    private static final List<String> LABELS = List.of("no", "maybe", "yes");

    /** In lower case and without accents or two marks in a row, which OpenNLP's tokenizer leaves as they are. */
    private static final List<String> TEXTS = List.of(
            "adapters change a frozen model by a low-rank update.",
            "yes",
            "how is a frozen model adapted?",
            "in 1969, three astronauts went to the moon (and back) by rocket, didn't they?",
            "the heron approves each invoice of the team, ".repeat(6));

    /** Every word is one word piece. */
    private static final List<String> SENTENCES = List.of(
            "we went home",
            "a bank near this old river won",
            "many teams play against each other",
            "john saw mary there",
            "he was born long ago",
            "snow fell on cold winter nights",
            "red cars drive fast",
            "children read books at school",
            "music makes people happy",
            "it rained all day",
            "some birds can fly very far",
            "she wrote several good stories");

    @TempDir
    private Path work;

    private File file(String name) {
        return work.resolve("out").resolve(name).toFile();
    }

    private static TokenSequence sequence(Trained trained, String text) {
        return trained.base.tokenizer().encode(text, null, LONGEST);
    }

    private static double[] softmax(double[] logits) {
        double most = Arrays.stream(logits).max().orElseThrow();
        double[] powers = Arrays.stream(logits).map(x -> Math.exp(x - most)).toArray();
        double sum = Arrays.stream(powers).sum();
        return Arrays.stream(powers).map(x -> x / sum).toArray();
    }

    private static int largest(double[] values) {
        return IntStream.range(0, values.length)
                .reduce((best, i) -> values[i] > values[best] ? i : best)
                .orElseThrow();
    }

    @Test
    void documentCategorizer_hasOurProbabilitiesAndLabels() throws IOException, OrtException {
        double[][] expected;
        try (Trained trained = new Trained(LABELS.size())) {
            trained.merged(LABELS).writeOnnx(work.resolve("out"));
            SequenceObjective objective = SequenceObjective.of(trained.head, Loss.CROSS_ENTROPY, Backends.standard());
            try (AdaptedModel model =
                    new AdaptedModel(trained.weights, Optional.of(trained.adapters), objective, Backends.standard())) {
                expected = model.predict(
                        TEXTS.stream().map(text -> sequence(trained, text)).toList());
            }
        }
        Map<Integer, String> categories = labels("assets/labels.txt");
        for (DocumentCategorizerDL categorizer : List.of(
                new DocumentCategorizerDL(
                        file("model.onnx"),
                        file("assets/vocab.txt"),
                        categories,
                        new AverageClassificationScoringStrategy(),
                        new InferenceOptions()),
                new DocumentCategorizerDL(
                        file("model.onnx"),
                        file("assets/vocab.txt"),
                        file("config.json"),
                        new AverageClassificationScoringStrategy(),
                        new InferenceOptions()))) {
            for (int i = 0; i < expected.length; i++) {
                double[] found = categorizer.categorize(new String[] {TEXTS.get(i)});
                assertArrayEquals(softmax(expected[i]), found, 1e-5, TEXTS.get(i));
                assertEquals(LABELS.get(largest(expected[i])), categorizer.getBestCategory(found));
            }
        }
    }

    private Map<Integer, String> labels(String name) throws IOException {
        List<String> lines = Files.readAllLines(work.resolve("out").resolve(name));
        Map<Integer, String> labels = new HashMap<>();
        lines.forEach(line -> labels.put(labels.size(), line));
        return labels;
    }

    /** OpenNLP knows the labels B-PER and I-PER alone, and reads every word piece's. */
    @Test
    void nameFinder_findsTheRunsOfOurLabels() throws IOException, OrtException {
        List<String> tags = List.of("I-PER", "O", "B-PER");
        Map<String, List<String>> expected = new LinkedHashMap<>();
        try (Trained trained = new Trained(tags.size(), true)) {
            MergedModel.withHead(
                            trained.base,
                            Optional.of(trained.adapters),
                            trained.head,
                            new TokensDescription("t", tags),
                            LONGEST)
                    .writeOnnx(work.resolve("out"));
            for (String sentence : SENTENCES) {
                List<Integer> labels = labelsOfTokens(trained, sequence(trained, sentence));
                assertEquals(1, labels.get(0), "O");
                expected.put(sentence, names(sentence, labels));
            }
        }
        assertTrue(expected.values().stream().mapToInt(List::size).sum() > 3, expected.toString());
        NameFinderDL finder = new NameFinderDL(
                file("model.onnx"), file("assets/vocab.txt"), labels("assets/labels.txt"), new OneSentence());
        for (Map.Entry<String, List<String>> entry : expected.entrySet()) {
            Span[] found = finder.find(entry.getKey().split(" ", -1));
            assertEquals(entry.getValue(), List.of(Span.spansToStrings(found, entry.getKey())), entry.getKey());
        }
    }

    /** A B-PER with the I-PER after it, as text; every word is one piece, and the first token is no word. */
    private static List<String> names(String sentence, List<Integer> labels) {
        String[] words = sentence.split(" ", -1);
        List<String> names = new ArrayList<>();
        for (int t = 1; t <= words.length; t++) {
            if (labels.get(t) == 2) {
                int end = t + 1;
                while (end <= words.length && labels.get(end) == 0) {
                    end++;
                }
                names.add(String.join(" ", Arrays.copyOfRange(words, t - 1, end - 1)));
            }
        }
        return names;
    }

    private static List<Integer> labelsOfTokens(Trained trained, TokenSequence sequence) {
        trained.adapters.materialize();
        TokenBatch batch = TokenBatch.of(List.of(sequence), trained.base.model(), Rows.ALL);
        try (TransformerPass pass = TransformerPass.inference(trained.weights, trained.adapters, Backends.standard())) {
            INDArray logits = pass.forward(batch)
                    .mmul(trained.head.parameters().get(0).value())
                    .addRowVector(trained.head.parameters().get(1).value());
            return Arrays.stream(logits.toDoubleMatrix())
                    .map(OpenNlpIT::largest)
                    .toList();
        }
    }

    private static final class OneSentence implements SentenceDetector {
        @Override
        public String[] sentDetect(CharSequence text) {
            return new String[] {text.toString()};
        }

        @Override
        public Span[] sentPosDetect(CharSequence text) {
            return new Span[] {new Span(0, text.length())};
        }
    }

    /**
     * OpenNLP 2.4 reads the file and the tokens, but gives the model an attention mask of zeros and types of one, and returns the first
     * token's state: that is not what any encoder was trained with.
     */
    @Test
    void sentenceVectors_areNotTheModels() throws IOException, OrtException {
        String text = TEXTS.get(0);
        long[] ids;
        float[] ours;
        try (Trained trained = new Trained(LABELS.size())) {
            trained.merged(LABELS).writeOnnx(work.resolve("out"));
            EmbeddingSettings settings = trained.base.embeddingSettings();
            MergedModel.embedder(trained.base, Optional.of(trained.adapters), settings)
                    .writeOnnx(work.resolve("embedder"));
            ids = Arrays.stream(sequence(trained, text).ids()).asLongStream().toArray();
        }
        File model = work.resolve("embedder/model.onnx").toFile();
        float[] found = new SentenceVectorsDL(model, file("assets/vocab.txt")).getVectors(text);
        assertArrayEquals(firstState(model, ids, 0, 1), found, 1e-5f);
        ours = firstState(model, ids, 1, 0);
        double difference = 0;
        for (int i = 0; i < ours.length; i++) {
            difference = Math.max(difference, Math.abs(ours[i] - found[i]));
        }
        assertTrue(difference > 0.01, "with the mask and types of the tokenizer: " + difference);
    }

    private static float[] firstState(File model, long[] ids, long mask, long type) throws OrtException {
        long[] masks = new long[ids.length];
        long[] types = new long[ids.length];
        Arrays.fill(masks, mask);
        Arrays.fill(types, type);
        OrtEnvironment environment = OrtEnvironment.getEnvironment();
        try (OrtSession session = environment.createSession(model.getPath());
                OnnxTensor idTensor = OnnxTensor.createTensor(environment, new long[][] {ids});
                OnnxTensor maskTensor = OnnxTensor.createTensor(environment, new long[][] {masks});
                OnnxTensor typeTensor = OnnxTensor.createTensor(environment, new long[][] {types});
                OrtSession.Result result = session.run(
                        Map.of("input_ids", idTensor, "attention_mask", maskTensor, "token_type_ids", typeTensor))) {
            return ((float[][][]) result.get(0).getValue())[0][0];
        }
    }
}
