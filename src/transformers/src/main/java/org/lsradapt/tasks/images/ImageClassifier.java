package org.lsradapt.tasks.images;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.lsradapt.data.Example;
import org.lsradapt.data.LabelledData;
import org.lsradapt.finetuning.BaseHandle;
import org.lsradapt.finetuning.FineTunedModel;
import org.lsradapt.finetuning.ModelParts;
import org.lsradapt.finetuning.SavedModel;
import org.lsradapt.images.Augmentation;
import org.lsradapt.images.ImageSource;
import org.lsradapt.images.Picture;
import org.lsradapt.models.BaseModel;
import org.lsradapt.tasks.classification.Classification;
import org.lsradapt.tasks.classification.Classifier;
import org.lsradapt.tasks.classification.ClassifierTraining;
import org.lsradapt.tasks.classification.SequenceModel;
import org.lsradapt.transformer.inputs.ModelInput;
import org.lsradapt.transformer.weights.BasePrecision;

/**
 * Assigns images to classes.
 *
 * <pre>{@code
 * try (ImageClassifier classifier = ImageClassifier.on("VIT").adapters(LsrConfig.defaults()).train(images)) {
 *     classifier.save(folder);
 *     System.out.println(classifier.predict(Path.of("new.jpg")).label());
 * }
 * }</pre>
 *
 * <p>Predictions are safe for use by many threads.
 */
public final class ImageClassifier extends SequenceModel implements Classifier {

    ImageClassifier(ModelParts parts, Optional<double[][]> evaluated) {
        super(parts, evaluated);
    }

    /** Begins a training on a model of images that {@link BaseModel#load} finds, opened by {@code train}, closed with the classifier. */
    public static Training on(String model) {
        return new Training(BaseHandle.load(model, BasePrecision.STORED));
    }

    /** Begins a training on a model of images, which the caller closes after the classifier. */
    public static Training on(BaseModel model) {
        return new Training(() -> BaseHandle.of(model));
    }

    /**
     * Loads a saved model; see {@link FineTunedModel#load(Path)}.
     *
     * @param folder a folder that {@link #save} wrote, or a Hugging Face folder with a trained classifier
     * @throws IllegalArgumentException also if the model is not a classifier of images
     */
    public static ImageClassifier load(Path folder) throws IOException {
        return SavedModel.require(FineTunedModel.load(folder), ImageClassifier.class, folder);
    }

    /**
     * The class of an image.
     *
     * @param file a JPEG or PNG file
     * @throws IOException if the file cannot be read; the message names it
     */
    public Classification predict(Path file) throws IOException {
        return predict(List.of(file)).get(0);
    }

    /**
     * The classes of images, computed in batches.
     *
     * @param files JPEG or PNG files, any number
     * @return a classification per file, in their order
     * @throws IOException if a file cannot be read; the message names it
     */
    public List<Classification> predict(List<Path> files) throws IOException {
        return classify(files.stream().map(ImageSource::of).toList());
    }

    /** Returns {@link #predict(Path)}, or nothing if the classifier was trained to abstain and is not sure. */
    public Optional<Classification> predictIfSure(Path file) throws IOException {
        return ifSure(predict(file));
    }

    /** Returns {@link #predict(List)}, with nothing for images of which a classifier that was trained to abstain is not sure. */
    public List<Optional<Classification>> predictIfSure(List<Path> files) throws IOException {
        return predict(files).stream().map(this::ifSure).toList();
    }

    /** The class of a picture in memory. */
    public Classification predict(BufferedImage picture) {
        return predictPictures(List.of(picture)).get(0);
    }

    /** The classes of any number of pictures in memory, in their order, computed in batches. */
    public List<Classification> predictPictures(List<BufferedImage> pictures) {
        List<ImageSource> sources = IntStream.range(0, pictures.size())
                .mapToObj(i -> ImageSource.of("picture " + i, Picture.of(pictures.get(i))))
                .toList();
        try {
            return classify(sources);
        } catch (IOException e) {
            throw new UncheckedIOException("pictures in memory were read", e);
        }
    }

    private List<Classification> classify(List<ImageSource> sources) throws IOException {
        try {
            double[][] outputs = whileOpen(() -> score(sources.stream()
                    .map(source -> input(base(), source, Augmentation.NONE))
                    .toList()));
            return Arrays.stream(outputs).map(this::classification).toList();
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    @Override
    protected ModelInput input(Example example) {
        return input(base(), ImageInputs.source(example.first()), Augmentation.NONE);
    }

    private static ModelInput input(BaseModel model, ImageSource source, Augmentation augmentation) {
        return ImageInputs.of(source, model.imageProcessor(), model.model(), augmentation);
    }

    /** Configures and runs the training of a classifier. For one thread at a time. */
    public static final class Training extends ClassifierTraining<Training, ImageClassifier> {
        private Augmentation augmentation = Augmentation.NONE;

        private Training(BaseHandle.Source<BaseModel> source) {
            super(source);
        }

        /** Varies the images in each epoch, unless the head is trained alone; {@link Augmentation#NONE} by default. */
        public Training augmentation(Augmentation variation) {
            augmentation = variation;
            return this;
        }

        /** Trains on images with classes, a stratified tenth of which is held out at random; see {@link #train(LabelledData)}. */
        public ImageClassifier train(List<LabelledImage> images) throws IOException {
            return train(ImageData.of(images));
        }

        /** Trains on images, with evaluation data of the same classes; see {@link #train(LabelledData)}. */
        public ImageClassifier train(List<LabelledImage> images, List<LabelledImage> dev) throws IOException {
            return train(ImageData.of(images, dev));
        }

        @Override
        protected Function<Example, ModelInput> encoder(BaseModel model, int length, boolean trains) {
            Augmentation own = trains && hasAdapters() ? augmentation : Augmentation.NONE;
            return example -> input(model, ImageInputs.source(example.first()), own);
        }

        @Override
        protected ImageClassifier make(ModelParts parts, Optional<double[][]> evaluated) {
            return new ImageClassifier(parts, evaluated);
        }
    }
}
