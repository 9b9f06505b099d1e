package org.lsradapt.adapters;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.lsradapt.io.SafeTensors;
import org.lsradapt.io.internal.AtomicFile;
import org.lsradapt.io.internal.BoundedFile;
import org.lsradapt.lsr.internal.Require;

/**
 * A saved adapter as bytes: its {@link AdapterForm}, which many adapters may share, and its numbers in the folder's precision. It takes a
 * few kilobytes instead of the 20 of the folder's two files, for applications with very many adapters. Immutable; the arrays that it
 * receives and returns are not copied and must not be modified.
 */
public final class PackedAdapter {
    private final AdapterForm form;
    private final byte[] numbers;
    private final byte[] headNumbers;

    /**
     * Combines a form with numbers.
     *
     * @param form the form; kept
     * @param numbers {@link AdapterForm#numberBytes} bytes; kept
     * @param headNumbers {@link AdapterForm#headBytes} bytes; kept
     * @throws IllegalArgumentException if the number of bytes differs
     */
    public PackedAdapter(AdapterForm form, byte[] numbers, byte[] headNumbers) {
        Require.argument(
                numbers.length == form.numberBytes() && headNumbers.length == form.headBytes(),
                "packed adapter: %d bytes of an adapter and %d of a head, its form has %d and %d",
                numbers.length,
                headNumbers.length,
                form.numberBytes(),
                form.headBytes());
        this.form = form;
        this.numbers = numbers;
        this.headNumbers = headNumbers;
    }

    /**
     * Reads and checks an adapter's folder.
     *
     * @param folder a folder that {@link AdapterFolder#save} wrote, with base model and task
     * @throws IOException as {@link AdapterFolder#load}, or if the adapters were saved alone; the message names the file
     */
    public static PackedAdapter read(Path folder) throws IOException {
        return AdapterFolder.read(folder, (file, content) -> {
            Path path = folder.resolve(file.tensors().name());
            byte[] bytes = BoundedFile.read(path, Integer.MAX_VALUE - 8);
            file.tensors().require(path.toString(), bytes);
            try (SafeTensors tensors = SafeTensors.of(path.toString(), bytes)) {
                new TensorReader(folder, tensors, file).read(content).close();
                int start = (int) tensors.headerBytes();
                AdapterForm form = AdapterForm.of(folder.toString(), file, bytes, start);
                ConfigSeal.require(folder.resolve(AdapterConfigFile.NAME).toString(), form.config(), tensors);
                int head = start + form.numberBytes();
                return new PackedAdapter(
                        form, Arrays.copyOfRange(bytes, start, head), Arrays.copyOfRange(bytes, head, bytes.length));
            }
        });
    }

    /**
     * Moves parameters of the adapted layers that many adapters have in common to the form, which those adapters share.
     *
     * @param parameters names of parameters, such as the factors of terms whose coefficients differ
     * @return an equal adapter; this one if there are no parameters
     * @throws IllegalArgumentException if the adapter has no such parameter
     */
    public PackedAdapter fixing(List<String> parameters) {
        if (parameters.isEmpty()) {
            return this;
        }
        AdapterForm fixed = form.fixing(parameters, numbers);
        return new PackedAdapter(fixed, fixed.own(form.layers(numbers)), headNumbers);
    }

    /** Everything except the numbers. */
    public AdapterForm form() {
        return form;
    }

    /** The base model and task. */
    public AdapterCard card() {
        return form.card();
    }

    /** The numbers of the adapted layers as stored, without those that the form fixes; not a copy. */
    public byte[] numbers() {
        return numbers;
    }

    /** The numbers of the head as stored; not a copy; empty without a head. */
    public byte[] headNumbers() {
        return headNumbers;
    }

    /**
     * Reads and checks the adapter as {@link AdapterFolder#load} does for a folder.
     *
     * @param location the adapter's source, for messages
     * @return the adapter, which the caller closes
     * @throws IOException if numbers and form do not match, or a number is not finite; the message names the tensor
     */
    public SavedAdapter open(String location) throws IOException {
        try (SafeTensors tensors = SafeTensors.of(location, form.withNumbers(numbers, headNumbers))) {
            return new TensorReader(location, AdapterForm.configOf(location), tensors, form.file()).read(form.config());
        }
    }

    /**
     * Writes the adapter as a folder, like {@link AdapterFolder#save}. Both files are bit-identical to those of the original folder, if
     * that was the result of the library's first save.
     *
     * @param folder the folder, created if missing
     * @throws IOException if a file cannot be written; the message names it
     */
    public void write(Path folder) throws IOException {
        AdapterFolder.save(folder, file -> AtomicFile.write(file, form.withNumbers(numbers, headNumbers)), form.file());
    }
}
