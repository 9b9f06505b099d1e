package org.lsradapt.tasks.images;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.lsradapt.adapters.AdapterFolder;
import org.lsradapt.adapters.SavedAdapter;
import org.lsradapt.data.Example;
import org.lsradapt.data.metrics.Measurement;
import org.lsradapt.finetuning.BaseHandle;
import org.lsradapt.finetuning.FineTunedModel;
import org.lsradapt.finetuning.ModelParts;
import org.lsradapt.finetuning.ParameterSnapshot;
import org.lsradapt.finetuning.Predictor;
import org.lsradapt.finetuning.SavedModel;
import org.lsradapt.images.ImageSource;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.DenseUpdates;
import org.lsradapt.lsr.SequenceUpdates;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.lsr.internal.CloseOnFailure;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.lsr.numerics.Precision;
import org.lsradapt.lsr.weights.FrozenLinear;
import org.lsradapt.models.DualModel;
import org.lsradapt.objectives.DualTowers;
import org.lsradapt.retrieval.RetrievalData;
import org.lsradapt.serving.MultiAdapterModel;
import org.lsradapt.tasks.classification.ClassPrediction;
import org.lsradapt.tasks.classification.Classification;
import org.lsradapt.tasks.classification.OutputPredictor;
import org.lsradapt.tasks.description.ImageTextDescription;
import org.lsradapt.tasks.description.TaskDescription;
import org.lsradapt.transformer.PassFactory;
import org.lsradapt.transformer.TransformerWeights;
import org.lsradapt.transformer.inputs.ImageInput;
import org.lsradapt.transformer.inputs.ModelInput;
import org.lsradapt.transformer.weights.BasePrecision;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Makes embeddings of images and texts in one space, with a model of two towers such as CLIP, as it is or with
 * adapters. The embeddings find images by texts and texts by images, and tell which of several descriptions fits an
 * image.
 *
 * <pre>{@code
 * try (ImageTextEmbedder embedder = ImageTextEmbedder.on("CLIP").adapters(LsrConfig.defaults()).train(captioned)) {
 *     embedder.save(folder);
 *     ZeroShotClassifier classifier = embedder.classes(List.of("cat", "dog"), "a photo of a {}");
 *     System.out.println(classifier.predict(Path.of("new.jpg")).label());
 * }
 * }</pre>
 *
 * <p>Embeddings and predictions are safe for use by many threads.
 */
public final class ImageTextEmbedder extends FineTunedModel {
    /** The metric that chooses the best evaluation on captions. */
    public static final String MEAN_RECALL = "mean_recall";

    private static final String NAME = "trained";

    private final DualModel model;
    private final TowerEncoder encoder;
    private final ParameterSnapshot<Served> served;

    ImageTextEmbedder(ModelParts parts) {
        super(parts);
        model = parts.base(DualModel.class);
        Optional<AdapterSet> adapters = parts.adapters();
        served = new ParameterSnapshot<>(
                this::isLent,
                adapters.stream().map(AdapterSet::values).toList(),
                () -> new Served(model.towers(), adapters, passes()),
                Served::close);
        encoder = new TowerEncoder(
                model, maxLength(), batch -> whileOpen(() -> served.use(copies -> copies.embed(batch, isMerged()))));
    }

    /** Begins a training on a model that {@link DualModel#load(String)} finds, opened by {@code train}, closed with the embedder. */
    public static ImageTextTraining on(String model) {
        return new ImageTextTraining(BaseHandle.loadDual(model, BasePrecision.STORED));
    }

    /** Begins a training on a model, which the caller closes after the embedder. */
    public static ImageTextTraining on(DualModel model) {
        return new ImageTextTraining(() -> BaseHandle.of(model));
    }

    /** Wraps a base model as it is, without adapters; the caller closes it after the embedder. */
    public static ImageTextEmbedder of(DualModel model) {
        return of(BaseHandle.of(model));
    }

    static ImageTextEmbedder of(BaseHandle<DualModel> base) {
        return new ImageTextEmbedder(asItIs(base));
    }

    private static ModelParts asItIs(BaseHandle<DualModel> base) {
        return ModelParts.of(
                base, new ImageTextDescription("images"), base.model().maxLength());
    }

    /**
     * Loads a saved model; see {@link FineTunedModel#load(Path)}.
     *
     * @param folder a folder that {@link #save} wrote, or a Hugging Face folder of a model of two towers
     * @throws IllegalArgumentException also if the model is not an embedder of images and texts
     */
    public static ImageTextEmbedder load(Path folder) throws IOException {
        return SavedModel.require(FineTunedModel.load(folder), ImageTextEmbedder.class, folder);
    }

    /**
     * Loads adapters on a base model that is in memory already.
     *
     * @param folder a folder that {@link #save} wrote, or {@link AdapterFolder#save(Path, AdapterSet)}, which does not
     *     record the model: then names and sizes of layers are compared
     * @param base the model that they were trained on; not closed with the result
     * @return the embedder, which the caller closes
     * @throws IllegalArgumentException if the adapters were trained on another model
     * @throws IOException if a file is missing or malformed; the message names it
     */
    public static ImageTextEmbedder load(Path folder, DualModel base) throws IOException {
        try (CloseOnFailure opened = new CloseOnFailure();
                SavedAdapter saved = AdapterFolder.load(folder)) {
            if (saved.card().isPresent()) {
                return SavedModel.require(SavedModel.onBase(saved, folder, base), ImageTextEmbedder.class, folder);
            }
            AdapterSet adapters = opened.add(saved.adapters(base.linearLayers(), Backends.standard()));
            return opened.release(
                    new ImageTextEmbedder(asItIs(BaseHandle.of(base)).with(adapters)));
        }
    }

    @Override
    public Predictor predictor(Predictor.Request request) {
        Require.argument(
                task().template().isPresent(),
                "%s: makes embeddings of images and texts and has no classes; use zero-shot with --labels",
                request.model());
        return OutputPredictor.of(
                request,
                new Predictor.Kind("compares images with texts", ImagesTasks.TYPE, Predictor.Inputs.IMAGES),
                this::outputs,
                (image, row) -> ClassPrediction.ofImage(image.first(), Classification.of(row, task().labels())),
                file -> {
                    throw new IOException(file + ": is a table of texts, and the model reads images");
                });
    }

    @Override
    public DualModel base() {
        return model;
    }

    @Override
    public ImageTextDescription task() {
        return (ImageTextDescription) super.task();
    }

    /** The embeddings of any number of texts, in their order, of length 1; new. */
    public float[][] embedTexts(List<String> texts) {
        return whileOpen(() -> encoder.texts(texts));
    }

    /**
     * The embeddings of images, of length 1, computed in batches.
     *
     * @param sources any number
     * @return a vector per image, in their order; new
     * @throws IOException if an image cannot be read; the message names it
     */
    public float[][] embedImages(List<ImageSource> sources) throws IOException {
        try {
            return whileOpen(() -> encoder.images(sources));
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    /**
     * Makes a classifier of images into classes that are given only by names.
     *
     * @param labels different names, at least two
     * @param templates texts in which {@value TaskDescription#PLACE} stands for a name, such as {@code a photo of a {}}; a class is
     *     the mean of its embeddings in all of them
     * @return a classifier, usable while this embedder is open
     * @throws IllegalArgumentException if there are fewer labels, equal labels, no template, or a template without a
     *     place
     */
    public ZeroShotClassifier classes(List<String> labels, String... templates) {
        return new ZeroShotClassifier(this, labels, whileOpen(() -> encoder.classes(labels, List.of(templates))));
    }

    /**
     * Makes a classifier into the classes of the training.
     *
     * @return a classifier, usable while this embedder is open
     * @throws IllegalStateException if the model was trained on captions
     */
    public ZeroShotClassifier classes() {
        String template = task().template()
                .orElseThrow(() -> new IllegalStateException(
                        "classes: task " + task().name() + " has none, expected classes(labels, templates)"));
        return classes(task().labels(), template);
    }

    double[][] logits(List<ImageSource> images, float[][] classes) throws IOException {
        return encoder.logits(embedImages(images), classes);
    }

    /**
     * Computes the scores of the classes of the training.
     *
     * @param examples the locations of images; their labels are not read
     * @return a row per example of the scaled cosines with each class, in the order of {@link TaskDescription#labels()}
     * @throws IllegalStateException if the model was trained on captions
     * @throws UncheckedIOException if an image cannot be read; the message names it
     */
    public double[][] outputs(List<Example> examples) {
        ZeroShotClassifier classifier = classes();
        try {
            return classifier.outputs(examples.stream()
                    .map(example -> ImageInputs.source(example.first()))
                    .toList());
        } catch (IOException e) {
            throw new UncheckedIOException(e.getMessage(), e);
        }
    }

    /**
     * Measures the usual recall of images and captions (Karpathy and Fei-Fei, arXiv 1412.2306, section 4.2), in both
     * directions, among all images and captions of the evaluation data:
     *
     * <ul>
     *   <li>{@value #MEAN_RECALL}: the mean of the other six;
     *   <li>"text_recall@k": the fraction of images one of whose captions is among the k closest ones, for k of 1, 5 and 10;
     *   <li>"image_recall@k": the fraction of captions one of whose images is among the k closest ones.
     * </ul>
     *
     * <p>Equal captions count as one, and so do equal images.
     *
     * @param captions the evaluation data: the locations of images as queries, captions as documents, such as
     *     {@link CaptionData} makes
     * @return the values by name, in this order, each in [0, 1]
     * @throws IOException if an image cannot be read; the message names it
     */
    public Map<String, Double> recall(RetrievalData captions) throws IOException {
        return measure(captions).metrics();
    }

    /** Like {@link #recall}, with the hits of each image. */
    Measurement measure(RetrievalData captions) throws IOException {
        try {
            return whileOpen(() -> new CaptionRecall(captions).measure(encoder));
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    @Override
    protected void saveParameters(Path folder, Precision storage) throws IOException {
        AdapterFolder.save(folder, card(), adaptersToSave("embedder"), storage);
    }

    /** Both towers with copies of the adapters. */
    private static final class Served implements AutoCloseable {
        private final Backend backend = Backends.standard();
        private final DualTowers towers;
        private final MultiAdapterModel texts;
        private final MultiAdapterModel images;
        /** The adapters' updates of the projections; empty for none. */
        private final Optional<DenseUpdates> updates;

        Served(DualTowers towers, Optional<AdapterSet> adapters, PassFactory passes) {
            this.towers = towers;
            texts = new MultiAdapterModel(towers.texts(), backend);
            texts.passes(passes);
            images = new MultiAdapterModel(towers.images(), backend);
            images.passes(passes);
            updates = adapters.map(DenseUpdates::of);
            adapters.ifPresent(set -> {
                texts.addOfTower(NAME, set);
                images.addOfTower(NAME, set);
            });
        }

        float[][] embed(List<ModelInput> batch, boolean merged) {
            boolean ofImages = batch.get(0) instanceof ImageInput;
            MultiAdapterModel tower = ofImages ? images : texts;
            Optional<FrozenLinear> projection = ofImages ? towers.imageProjection() : towers.textProjection();
            Optional<DenseUpdates> added = merged ? Optional.empty() : updates;
            String name = added.isPresent() ? NAME : MultiAdapterModel.BASE;
            try (TransformerWeights.Use use = towers.use();
                    SequenceUpdates own = new SequenceUpdates(backend, towers.dataType());
                    INDArray rows = tower.features(batch, name)) {
                if (projection.isEmpty()) {
                    return normalized(rows);
                }
                FrozenLinear layer = projection.get();
                try (INDArray out = Nd4j.createUninitialized(
                        rows.dataType(), new long[] {batch.size(), layer.outFeatures()}, 'c')) {
                    layer.apply(backend, rows, out);
                    own.use(Collections.nCopies(batch.size(), added.orElse(null)));
                    own.of(layer.name())
                            .forward(IntStream.rangeClosed(0, batch.size()).toArray(), rows, out);
                    return normalized(out);
                }
            }
        }

        private static float[][] normalized(INDArray rows) {
            return Arrays.stream(rows.toFloatMatrix())
                    .map(TowerEncoder::normalized)
                    .toArray(float[][]::new);
        }

        @Override
        public void close() {
            texts.close();
            images.close();
            updates.ifPresent(DenseUpdates::close);
        }
    }

    @Override
    protected void passesChanged() {
        served.close();
    }

    @Override
    protected void free() {
        served.close();
    }
}
