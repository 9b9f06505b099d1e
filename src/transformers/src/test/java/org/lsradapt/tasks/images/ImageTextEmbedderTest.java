package org.lsradapt.tasks.images;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.lsradapt.data.LabelledData;
import org.lsradapt.finetuning.FineTunedModel;
import org.lsradapt.finetuning.SmallImages;
import org.lsradapt.images.ImageSource;
import org.lsradapt.lsr.LayerSelector;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.numerics.Precision;
import org.lsradapt.models.BaseModel;
import org.lsradapt.models.DualModel;
import org.lsradapt.retrieval.PairData;
import org.lsradapt.tasks.classification.Classification;
import org.lsradapt.tasks.embeddings.Cosine;
import org.lsradapt.training.TrainingListener;
import org.lsradapt.training.settings.TrainingConfig;

class ImageTextEmbedderTest {
    private static final LsrConfig LSR = LsrConfig.builder().separationRank(2).build();
    private static final TrainingListener SILENT = new TrainingListener() {};

    @TempDir
    static Path shared;

    @TempDir
    Path folder;

    private static Path clip;
    private static Path siglip;
    private static List<LabelledImage> images;

    @BeforeAll
    static void write() throws IOException {
        clip = SmallImages.clip(shared.resolve("clip"));
        siglip = SmallImages.siglip(shared.resolve("siglip"));
        images = SmallImages.write(shared.resolve("pictures"), 20);
    }

    private static ImageTextTraining training(int epochs) {
        return training(clip, epochs);
    }

    private static ImageTextTraining training(Path base, int epochs) {
        return ImageTextEmbedder.on(base.toString())
                .adapters(LSR)
                .targets(LayerSelector.allLinear())
                .listener(SILENT)
                .config(TrainingConfig.builder()
                        .epochs(epochs)
                        .batchSize(16)
                        .learningRate(5e-3)
                        .build());
    }

    private static List<ImageSource> sources() {
        return images.stream().map(image -> ImageSource.of(image.image())).toList();
    }

    /** With the other labels, since the random SigLIP happens to know the right ones. */
    private static List<LabelledImage> exchanged() {
        return images.stream()
                .map(image -> LabelledImage.of(image.image(), image.label().equals("left") ? "right" : "left"))
                .toList();
    }

    static Stream<Arguments> bases() {
        return Stream.of(Arguments.of(clip, 2 * (6 * 2 + 1) + 6), Arguments.of(siglip, 2 * 6 + 1 + 3 * 6 + 2));
    }

    @ParameterizedTest
    @MethodSource("bases")
    void train_onClasses_learnsThemAndComesBackFromItsFolder(Path base, int adapters) throws IOException {
        List<LabelledImage> labelled = base.equals(siglip) ? exchanged() : images;
        LabelledData data = ImageData.of(labelled, labelled);
        List<Path> files = images.stream().map(LabelledImage::image).toList();
        List<Classification> expected;
        try (ImageTextEmbedder plain = ImageTextEmbedder.load(base);
                ImageTextEmbedder trained = training(base, 12).train(data, "a photo of a {}")) {
            double before = data.task()
                    .evaluate(
                            data.train(),
                            plain.classes(data.task().labels(), "a photo of a {}")
                                    .outputs(data.train().stream()
                                            .map(example -> ImageInputs.source(example.first()))
                                            .toList()))
                    .get("accuracy");
            double after = data.task()
                    .evaluate(data.train(), trained.outputs(data.train()))
                    .get("accuracy");
            assertTrue(after > 0.95 && before < 0.8, before + " became " + after);
            assertEquals(adapters, trained.adapters().orElseThrow().adapters().size());
            expected = trained.classes().predict(files);
            trained.save(folder);
        }
        try (FineTunedModel loaded = FineTunedModel.load(folder)) {
            ImageTextEmbedder embedder = (ImageTextEmbedder) loaded;
            assertEquals(List.of("left", "right"), embedder.task().labels());
            assertEquals(expected, embedder.classes().predict(files));
            assertEquals(
                    expected,
                    embedder.classes(List.of("left", "right"), "a photo of a {}")
                            .predict(files));
        }
    }

    @Test
    void train_onCaptions_findsThemByTheirImages() throws IOException {
        List<CaptionedImage> pairs = images.stream()
                .map(image -> CaptionedImage.of(image.image(), "a field on the " + image.label()))
                .toList();
        // Captions are equal in each class, so that images of a class have one and the same to find.
        PairData data = CaptionData.of(pairs, pairs.subList(0, 30));
        try (ImageTextEmbedder plain = ImageTextEmbedder.load(clip);
                ImageTextEmbedder trained = training(6).train(data)) {
            double before = plain.recall(data.evaluation()).get("text_recall@1");
            Map<String, Double> recall = trained.recall(data.evaluation());
            assertTrue(before < 0.8 && recall.get("text_recall@1") > 0.95, before + " became " + recall);
            assertEquals(
                    recall.get(ImageTextEmbedder.MEAN_RECALL),
                    trained.training().orElseThrow().best().metrics().get(ImageTextEmbedder.MEAN_RECALL),
                    1e-12);
            assertMessage(IllegalStateException.class, "expected classes(labels, templates)", trained::classes);
            trained.save(folder, Precision.FP16);
            float[][] expected = trained.embedTexts(List.of("a field"));
            try (ImageTextEmbedder loaded = ImageTextEmbedder.load(folder)) {
                assertTrue(loaded.task().labels().isEmpty());
                assertArrayEquals(expected[0], loaded.embedTexts(List.of("a field"))[0], 1e-2f);
            }
        }
    }

    @Test
    void recall_ofKnownRanks_isCountedInBothDirections() throws IOException {
        List<CaptionedImage> pairs = new ArrayList<>();
        for (LabelledImage image : images) {
            pairs.add(CaptionedImage.of(image.image(), "one of " + image.image().getFileName()));
        }
        try (ImageTextEmbedder plain = ImageTextEmbedder.load(clip)) {
            PairData data = CaptionData.of(pairs, pairs.subList(0, 4));
            float[][] pictures = plain.embedImages(sources().subList(0, 4));
            float[][] texts = plain.embedTexts(
                    pairs.subList(0, 4).stream().map(CaptionedImage::caption).toList());
            Map<String, Double> expected = new TreeMap<>();
            double[] first = new double[2];
            for (int i = 0; i < 4; i++) {
                boolean text = true;
                boolean image = true;
                for (int j = 0; j < 4; j++) {
                    text &= Cosine.of(pictures[i], texts[i]) >= Cosine.of(pictures[i], texts[j]);
                    image &= Cosine.of(pictures[i], texts[i]) >= Cosine.of(pictures[j], texts[i]);
                }
                first[0] += text ? 0.25 : 0;
                first[1] += image ? 0.25 : 0;
            }
            expected.put("text_recall@1", first[0]);
            expected.put("image_recall@1", first[1]);
            for (String all : List.of("text_recall@5", "text_recall@10", "image_recall@5", "image_recall@10")) {
                expected.put(all, 1.0);
            }
            expected.put("mean_recall", (first[0] + first[1] + 4) / 6);
            assertEquals(expected, new TreeMap<>(plain.recall(data.evaluation())));
        }
    }

    @Test
    void targets_underATower_leaveTheOtherAsItIs() throws IOException {
        LabelledData data = ImageData.of(images);
        List<String> texts = List.of("left", "right");
        try (ImageTextEmbedder plain = ImageTextEmbedder.load(clip);
                ImageTextEmbedder trained = training(1)
                        .targets(LayerSelector.suffixes(List.of("q_proj", "v_proj"))
                                .under("vision_model"))
                        .train(data, "{}")) {
            assertEquals(6, trained.adapters().orElseThrow().adapters().size());
            assertArrayEquals(plain.embedTexts(texts), trained.embedTexts(texts));
            float[] before = plain.embedImages(sources())[0];
            float[] after = trained.embedImages(sources())[0];
            assertTrue(Cosine.of(before, after) < 1 - 1e-5, "the image's embedding has not moved");
        }
        assertMessage(
                IllegalArgumentException.class,
                "no layer's name begins with 'vision_model.' and ends with 'query'",
                () -> training(1)
                        .targets(LayerSelector.suffixes(List.of("query")).under("vision_model"))
                        .train(data, "{}"));
    }

    @Test
    void load_onAnotherModel_isRefused() throws IOException {
        try (ImageTextEmbedder trained = training(1).train(ImageData.of(images), "{}")) {
            trained.save(folder);
        }
        Path other = SmallImages.clip(shared.resolve("other"));
        SmallImages.change(other, "logit_scale", 0.125);
        try (DualModel model = DualModel.load(other.toString())) {
            assertMessage(
                    IllegalArgumentException.class,
                    "but model " + other + " has fingerprint",
                    () -> ImageTextEmbedder.load(folder, model));
        }
        try (BaseModel vit =
                BaseModel.load(SmallImages.model(shared.resolve("vit")).toString())) {
            assertMessage(
                    IllegalArgumentException.class,
                    "the adapter is for a model of an image and a text tower, model",
                    () -> FineTunedModel.load(folder, vit));
        }
    }

    @Test
    void fingerprint_isOfEveryPartOfTheModel() throws IOException {
        String expected = fingerprint(clip);
        assertEquals(expected, fingerprint(SmallImages.clip(folder.resolve("same"))));
        for (String name : List.of(
                "logit_scale",
                "text_projection.weight",
                "visual_projection.weight",
                "text_model.embeddings.token_embedding.weight",
                "vision_model.post_layernorm.bias")) {
            Path changed = SmallImages.clip(folder.resolve(name));
            SmallImages.change(changed, name, 0.125);
            assertTrue(!expected.equals(fingerprint(changed)), name);
        }
    }

    private static String fingerprint(Path model) throws IOException {
        try (DualModel loaded = DualModel.load(model.toString())) {
            return loaded.fingerprint();
        }
    }

    @Test
    void settings_thatDoNotFit_areRefused() throws IOException {
        LabelledData data = ImageData.of(images);
        assertMessage(
                IllegalArgumentException.class,
                "with the template a photo, expected one with {}",
                () -> training(1).train(data, "a photo"));
        assertMessage(
                IllegalArgumentException.class,
                "max length 21",
                () -> training(1).maxLength(21).train(data, "{}"));
        List<CaptionedImage> missing =
                List.of(CaptionedImage.of(Path.of("nowhere.png"), "a"), CaptionedImage.of(Path.of("no.png"), "b"));
        assertMessage(
                IOException.class,
                "nowhere.png: there is no such file",
                () -> training(1).train(missing, missing));
    }

    private static void assertMessage(Class<? extends Exception> type, String part, Executable call) {
        String message = assertThrows(type, call).getMessage();
        assertTrue(message.contains(part), message);
    }
}
