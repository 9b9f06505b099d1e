package org.lsradapt.finetuning;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
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
import org.lsradapt.tasks.classification.TextClassifier;
import org.lsradapt.tasks.embeddings.TextEmbedder;
import org.lsradapt.tasks.generation.Generation;
import org.lsradapt.tasks.generation.TextGenerator;
import org.lsradapt.tasks.images.ImageTextEmbedder;
import org.lsradapt.training.TrainingListener;
import org.lsradapt.training.settings.TrainingConfig;

/** A model, or the base model that it was loaded on, that is closed while others use it: native memory freed under a call would end the process. */
class CloseUnderReadersTest {
    private static final int ROUNDS = 8;
    private static final int READERS = 4;

    @TempDir
    Path parent;

    @Test
    void classifier() throws Exception {
        Path folder = parent.resolve("adapter");
        SmallTrainings.classifier(folder);
        List<String> texts = IntStream.range(0, 200).mapToObj(Samples::text).toList();
        closeUnderReaders(() -> TextClassifier.load(folder), classifier -> classifier.predict(texts));
    }

    @Test
    void embedder() throws Exception {
        Path folder = parent.resolve("adapter");
        SmallTrainings.embedder(folder);
        List<String> texts = IntStream.range(0, 200).mapToObj(Samples::text).toList();
        closeUnderReaders(() -> TextEmbedder.load(folder), embedder -> embedder.embed(texts));
    }

    @Test
    void generator() throws Exception {
        Path folder = parent.resolve("adapter");
        SmallTrainings.generator(folder);
        closeUnderReaders(
                () -> TextGenerator.load(folder),
                generator -> generator.generate("the sun", Generation.defaults().withMaxTokens(12)));
        closeUnderReaders(
                () -> TextGenerator.load(folder), generator -> generator.perplexity(SmallTrainings.COMPLETIONS));
    }

    @Test
    void embedderOfImagesAndTexts() throws Exception {
        Path folder = parent.resolve("adapter");
        List<ImageSource> images = SmallTrainings.imageTextEmbedder(folder);
        List<String> texts = IntStream.range(0, 200).mapToObj(Samples::text).toList();
        closeUnderReaders(() -> ImageTextEmbedder.load(folder), embedder -> embedder.embedTexts(texts));
        closeUnderReaders(() -> ImageTextEmbedder.load(folder), embedder -> {
            try {
                embedder.embedImages(images);
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
        TrainingConfig endless = SmallTrainings.config().epochs(1000).build();
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
            Throwable end =
                    assertThrows(ExecutionException.class, training::get).getCause();
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
                    Throwable end =
                            assertThrows(ExecutionException.class, reader::get).getCause();
                    assertInstanceOf(IllegalStateException.class, end, end::toString);
                }
            }
        } finally {
            threads.shutdown();
        }
    }
}
