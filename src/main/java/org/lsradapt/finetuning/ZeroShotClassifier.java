package org.lsradapt.finetuning;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.lsradapt.adapters.AdapterFolder;
import org.lsradapt.adapters.SavedAdapter;
import org.lsradapt.images.ImageSource;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.DenseUpdates;
import org.lsradapt.lsr.FrozenLinear;
import org.lsradapt.lsr.SequenceUpdates;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.models.DualModel;
import org.lsradapt.serving.MultiAdapterModel;
import org.lsradapt.transformer.ModelInput;
import org.lsradapt.transformer.parts.Embeddings;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Tells which of some descriptions fits an image, without training, or with adapters: by the cosines of their embeddings, as CLIP does
 * (Radford et al., arXiv 2103.00020, section 3.1).
 *
 * <pre>{@code
 * try (ZeroShotClassifier classifier = ZeroShotClassifier.load("CLIP")) {
 *     System.out.println(classifier.classes(List.of("cat", "dog"), "a photo of a {}").predict(Path.of("new.jpg")).label());
 * }
 * }</pre>
 *
 * <p>Safe for use by many threads.
 */
public final class ZeroShotClassifier implements AutoCloseable {
    /** What stands for the label in a template. */
    public static final String PLACE = "{}";

    private static final int BATCH = 32;
    private static final String ADAPTED = "adapted";

    private final DualModel model;
    private final Backend backend = Backends.standard();
    private final MultiAdapterModel texts;
    private final MultiAdapterModel images;
    /** What adapters add to the projections; empty for none. */
    private final Optional<DenseUpdates> updates;

    private ZeroShotClassifier(DualModel model, Optional<AdapterSet> adapters) {
        this.model = model;
        texts = new MultiAdapterModel(model.towers().texts(), backend);
        images = new MultiAdapterModel(model.towers().images(), backend);
        updates = adapters.map(DenseUpdates::of);
        adapters.ifPresent(set -> {
            texts.addOfTower(ADAPTED, set);
            images.addOfTower(ADAPTED, set);
        });
    }

    /**
     * Loads a model.
     *
     * @param folder a folder as {@link DualModel#load} takes it
     * @return the classifier, which the caller closes
     * @throws IllegalArgumentException if there is no such folder
     * @throws IOException if a file is missing or malformed; the message names it
     */
    public static ZeroShotClassifier load(String folder) throws IOException {
        return new ZeroShotClassifier(DualModel.load(folder), Optional.empty());
    }

    /**
     * Loads a model with adapters of either tower or both.
     *
     * @param folder a folder as {@link DualModel#load} takes it
     * @param adapters a folder that {@link AdapterFolder#save(Path, AdapterSet)} wrote; that the adapters were trained on this
     *     model is the caller's to know: names and sizes of layers are compared
     * @return the classifier, which the caller closes
     * @throws IllegalArgumentException if there is no such folder, or an adapter is of a layer that the model has not, or
     *     has in another size
     * @throws IOException if a file is missing or malformed; the message names it
     */
    public static ZeroShotClassifier load(String folder, Path adapters) throws IOException {
        DualModel model = DualModel.load(folder);
        try (SavedAdapter saved = AdapterFolder.load(adapters);
                AdapterSet set = saved.adapters(model.towers().linearLayers(), Backends.standard())) {
            set.materialize();
            return new ZeroShotClassifier(model, Optional.of(set));
        } catch (IOException | RuntimeException e) {
            model.close();
            throw e;
        }
    }

    /** Some classes, as a model knows them. Safe for use by many threads. */
    public final class Classes {
        private final List<String> labels;
        private final float[][] embeddings;

        private Classes(List<String> labels, float[][] embeddings) {
            this.labels = labels;
            this.embeddings = embeddings;
        }

        /**
         * The class of an image.
         *
         * @param file a JPEG or PNG file
         * @throws IOException if it cannot be read; the message names it
         */
        public Classification predict(Path file) throws IOException {
            return predict(List.of(file)).get(0);
        }

        /**
         * The classes of images, computed in batches.
         *
         * @param files JPEG or PNG files, any number
         * @return a classification per file, in their order; probabilities are the softmax of the scaled cosines
         * @throws IOException if one cannot be read; the message names it
         */
        public List<Classification> predict(List<Path> files) throws IOException {
            List<Classification> classes = new ArrayList<>(files.size());
            for (float[] image : embedImages(files.stream().map(ImageSource::of).toList())) {
                double[] logits = Arrays.stream(embeddings)
                        .mapToDouble(text -> model.scale() * Cosine.of(image, text))
                        .toArray();
                classes.add(Classification.of(logits, labels));
            }
            return classes;
        }
    }

    /**
     * Classes by their names.
     *
     * @param labels different names, at least two
     * @param templates texts in which {@value #PLACE} stands for a name, such as {@code a photo of a {}}; a class is the mean of
     *     its embeddings in all of them
     * @throws IllegalArgumentException if there are fewer labels, equal ones, no template, or one without a place
     */
    public Classes classes(List<String> labels, String... templates) {
        Require.argument(
                labels.size() >= 2 && labels.stream().distinct().count() == labels.size(),
                "zero-shot: the labels are %s, expected at least two different ones",
                labels);
        Require.argument(templates.length >= 1, "zero-shot: no template, expected such as \"a photo of a {}\"");
        for (String template : templates) {
            Require.argument(
                    template.contains(PLACE), "zero-shot: template \"%s\" has no %s for the label", template, PLACE);
        }
        float[][] embeddings = new float[labels.size()][];
        for (int i = 0; i < embeddings.length; i++) {
            String label = labels.get(i);
            embeddings[i] = mean(embedTexts(
                    Arrays.stream(templates).map(template -> template.replace(PLACE, label)).toList()));
        }
        return new Classes(List.copyOf(labels), embeddings);
    }

    private static float[] mean(List<float[]> embeddings) {
        float[] sum = new float[embeddings.get(0).length];
        for (float[] one : embeddings) {
            for (int i = 0; i < sum.length; i++) {
                sum[i] += one[i];
            }
        }
        return normalized(sum);
    }

    /**
     * The embeddings of texts, of length 1.
     *
     * @param all any number; longer ones than the model has positions for are cut
     */
    public List<float[]> embedTexts(List<String> all) {
        int most = model.towers().texts().model().maxTokens();
        return embed(
                all.stream()
                        .<ModelInput>map(text -> model.tokenizer().encode(text, null, most))
                        .toList(),
                texts,
                model.towers().textProjection());
    }

    /**
     * The embeddings of images, of length 1.
     *
     * @param sources any number
     * @throws IOException if one cannot be read; the message names it
     */
    public List<float[]> embedImages(List<ImageSource> sources) throws IOException {
        Embeddings.Patches patches = model.towers().images().model().patches().orElseThrow();
        List<ModelInput> inputs = new ArrayList<>(sources.size());
        for (ImageSource source : sources) {
            inputs.add(model.imageProcessor().input(source, patches));
        }
        try {
            return embed(inputs, images, model.towers().imageProjection());
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    private List<float[]> embed(List<ModelInput> inputs, MultiAdapterModel tower, FrozenLinear projection) {
        List<float[]> embeddings = new ArrayList<>(inputs.size());
        for (int from = 0; from < inputs.size(); from += BATCH) {
            List<ModelInput> batch = inputs.subList(from, Math.min(inputs.size(), from + BATCH));
            inputs.subList(from + batch.size(), Math.min(inputs.size(), from + batch.size() + BATCH))
                    .forEach(ModelInput::prepare);
            String name = updates.isPresent() ? ADAPTED : MultiAdapterModel.BASE;
            try (SequenceUpdates own = new SequenceUpdates(backend, model.towers().dataType());
                    INDArray rows = tower.features(batch, name);
                    INDArray out = Nd4j.createUninitialized(
                            rows.dataType(), new long[] {batch.size(), projection.outFeatures()}, 'c')) {
                projection.apply(backend, rows, out);
                own.use(Collections.nCopies(batch.size(), updates.orElse(null)));
                own.of(projection.name()).forward(IntStream.rangeClosed(0, batch.size()).toArray(), rows, out);
                for (float[] row : out.toFloatMatrix()) {
                    embeddings.add(normalized(row));
                }
            }
        }
        return embeddings;
    }

    private static float[] normalized(float[] vector) {
        double square = 0;
        for (float number : vector) {
            square += (double) number * number;
        }
        double length = Math.sqrt(square);
        float[] unit = new float[vector.length];
        for (int i = 0; i < unit.length; i++) {
            unit[i] = (float) (vector[i] / length);
        }
        return unit;
    }

    @Override
    public void close() {
        texts.close();
        images.close();
        updates.ifPresent(DenseUpdates::close);
        model.close();
    }
}
