package org.lsradapt.finetuning;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lsradapt.images.ImageSource;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.models.BaseModel;
import org.lsradapt.tasks.CaptionData;
import org.lsradapt.tasks.CaptionedImage;
import org.lsradapt.tasks.LabelledImage;
import org.lsradapt.tasks.LanguageModelData;
import org.lsradapt.tasks.PromptCompletion;
import org.lsradapt.tasks.TextPair;
import org.lsradapt.training.TrainingConfig;
import org.lsradapt.training.TrainingListener;

/** A model, or the base model that it was loaded on, that is closed while others use it: native memory freed under a call would end the process. */
class CloseUnderReadersTest {
    private static final int ROUNDS = 8;
    private static final int READERS = 4;

    @TempDir
    Path parent;

    private static TrainingConfig epoch() {
        return TrainingConfig.builder().epochs(1).batchSize(8).learningRate(1e-3).build();
    }

    @Test
    void classifier() throws Exception {
        Path folder = parent.resolve("adapter");
        try (TextClassifier trained = TextClassifier.on(Samples.model("bert"))
                .config(epoch())
                .adapters(LsrConfig.defaults())
                .train(Samples.weather(20), Samples.weather(6))) {
            trained.save(folder);
        }
        List<String> texts = IntStream.range(0, 200).mapToObj(Samples::text).toList();
        closeUnderReaders(() -> TextClassifier.load(folder), classifier -> classifier.predict(texts));
    }

    @Test
    void embedder() throws Exception {
        Path folder = parent.resolve("adapter");
        List<TextPair> pairs = List.of(TextPair.of("the sun", "is cold"), TextPair.of("the rain", "is warm"));
        try (TextEmbedder trained = TextEmbedder.on(Samples.model("bert")).config(epoch()).train(pairs, pairs)) {
            trained.save(folder);
        }
        List<String> texts = IntStream.range(0, 200).mapToObj(Samples::text).toList();
        closeUnderReaders(() -> TextEmbedder.load(folder), embedder -> embedder.embed(texts));
    }

    @Test
    void generator() throws Exception {
        Path folder = parent.resolve("adapter");
        List<PromptCompletion> texts =
                Collections.nCopies(8, PromptCompletion.text("the sun is warm and the rain is cold"));
        try (TextGenerator trained = TextGenerator.on(Samples.model("llama"))
                .config(epoch())
                .train(LanguageModelData.of(texts).dev(texts.subList(0, 1)).build())) {
            trained.save(folder);
        }
        closeUnderReaders(
                () -> TextGenerator.load(folder),
                generator -> generator.generate("the sun", Generation.defaults().withMaxTokens(12)));
        closeUnderReaders(() -> TextGenerator.load(folder), generator -> generator.perplexity(texts));
    }

    @Test
    void embedderOfImagesAndTexts() throws Exception {
        Path folder = parent.resolve("adapter");
        Path clip = SmallImages.clip(parent.resolve("clip"));
        List<LabelledImage> images = SmallImages.write(parent.resolve("pictures"), 10);
        List<CaptionedImage> pairs = images.stream()
                .map(image -> CaptionedImage.of(image.image(), "a field on the " + image.label()))
                .toList();
        try (ImageTextEmbedder trained = ImageTextEmbedder.on(clip.toString())
                .adapters(LsrConfig.defaults())
                .config(epoch())
                .train(CaptionData.of(pairs, pairs))) {
            trained.save(folder);
        }
        List<String> texts = IntStream.range(0, 200).mapToObj(Samples::text).toList();
        closeUnderReaders(() -> ImageTextEmbedder.load(folder), embedder -> embedder.embedTexts(texts));
        List<ImageSource> sources = images.stream().map(image -> ImageSource.of(image.image())).toList();
        closeUnderReaders(() -> ImageTextEmbedder.load(folder), embedder -> {
            try {
                embedder.embedImages(sources);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }

    /** The consumer of pieces is inside the call, which would have to end first. */
    @Test
    void close_fromWhatIsToldOfPieces_isRefused() throws Exception {
        try (BaseModel base = BaseModel.load(Samples.model("llama"));
                TextGenerator generator = TextGenerator.of(base)) {
            assertThrows(
                    IllegalStateException.class,
                    () -> generator.generate("the sun", Generation.defaults(), piece -> generator.close()));
            generator.generate("the sun", Generation.defaults().withMaxTokens(2));
        }
    }

    /** A step that runs ends first; the next one says why there is none. */
    @Test
    void training() throws Exception {
        TrainingConfig endless = TrainingConfig.builder().epochs(1000).batchSize(8).learningRate(1e-3).build();
        for (int round = 0; round < ROUNDS; round++) {
            BaseModel base = BaseModel.load(Samples.model("bert"));
            CountDownLatch begun = new CountDownLatch(1);
            FutureTask<TextClassifier> training = new FutureTask<>(() -> TextClassifier.on(base)
                    .config(endless)
                    .adapters(LsrConfig.defaults())
                    .listener(new TrainingListener() {
                        @Override
                        public void stepped(int step, int steps, double loss) {
                            begun.countDown();
                        }
                    })
                    .train(Samples.weather(20), Samples.weather(6)));
            new Thread(training).start();
            begun.await();
            Thread.sleep(3L * round);
            base.close();
            Throwable end = assertThrows(ExecutionException.class, training::get).getCause();
            assertInstanceOf(IllegalStateException.class, end);
            assertEquals("the base model is closed", end.getMessage());
        }
    }

    private interface Loader<T> {
        T load() throws Exception;
    }

    private static <T extends FineTunedModel> void closeUnderReaders(Loader<T> loader, Consumer<T> read)
            throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(READERS);
        try {
            for (int round = 0; round < ROUNDS; round++) {
                T model = loader.load();
                CountDownLatch begun = new CountDownLatch(READERS);
                List<Future<?>> readers = new ArrayList<>();
                for (int i = 0; i < READERS; i++) {
                    readers.add(threads.submit(() -> {
                        begun.countDown();
                        while (true) {
                            read.accept(model);
                        }
                    }));
                }
                begun.await();
                Thread.sleep(3L * round);
                if (round % 2 == 0) {
                    model.base().close();
                }
                model.close();
                for (Future<?> reader : readers) {
                    Throwable end = assertThrows(ExecutionException.class, reader::get).getCause();
                    assertInstanceOf(IllegalStateException.class, end, end::toString);
                }
            }
        } finally {
            threads.shutdown();
        }
    }
}
