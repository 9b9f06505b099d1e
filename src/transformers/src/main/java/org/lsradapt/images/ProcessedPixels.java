package org.lsradapt.images;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.lsradapt.lsr.internal.SplitMix64;
import org.lsradapt.transformer.inputs.ImageInput;

/** The pixels of an image, decoded when they are read, or earlier in parallel with other work. */
final class ProcessedPixels implements ImageInput.Pixels {
    /** A few daemon threads, so that most processors stay free for training and the program can end. */
    private static final ExecutorService BESIDE =
            Executors.newFixedThreadPool(Math.max(1, Runtime.getRuntime().availableProcessors() / 4), task -> {
                Thread thread = new Thread(task, "image decoder");
                thread.setDaemon(true);
                return thread;
            });

    private final ImageProcessor processor;
    private final ImageSource source;
    private final int channels;
    private final Augmentation augmentation;
    /** 0 for the unvaried image. */
    private final int epoch;

    private CompletableFuture<float[]> prepared;
    private ProcessedPixels variant;

    ProcessedPixels(ImageProcessor processor, ImageSource source, int channels, Augmentation augmentation, int epoch) {
        this.processor = processor;
        this.source = source;
        this.channels = channels;
        this.augmentation = augmentation;
        this.epoch = epoch;
    }

    @Override
    public synchronized void prepare() {
        if (prepared == null) {
            prepared = CompletableFuture.supplyAsync(this::decode, BESIDE);
        }
    }

    @Override
    public float[] read() {
        CompletableFuture<float[]> ready;
        synchronized (this) {
            ready = prepared;
            prepared = null;
        }
        try {
            return ready == null ? decode() : ready.join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof UncheckedIOException failure) {
                throw new UncheckedIOException(failure.getCause().getMessage(), failure.getCause());
            }
            throw e;
        }
    }

    @Override
    public String fingerprint() {
        try {
            return source.fingerprint() + " " + processor.settings() + " " + augmentation;
        } catch (IOException e) {
            throw new UncheckedIOException(e.getMessage(), e);
        }
    }

    private float[] decode() {
        try {
            Picture picture = source.read();
            if (epoch > 0) {
                long seed = SplitMix64.output(augmentation.seed(), epoch);
                picture = augmentation.apply(
                        picture,
                        SplitMix64.random(SplitMix64.output(seed, source.name().hashCode())));
            }
            return processor.numbers(picture.withChannels(channels));
        } catch (IOException e) {
            throw new UncheckedIOException(e.getMessage(), e);
        }
    }

    @Override
    public synchronized ImageInput.Pixels inEpoch(int wanted) {
        if (!augmentation.isOn()) {
            return this;
        }
        if (variant == null || variant.epoch != wanted) {
            variant = new ProcessedPixels(processor, source, channels, augmentation, wanted);
        }
        return variant;
    }
}
