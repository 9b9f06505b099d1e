package org.lsradapt.io.internal.frameworks;

import com.google.protobuf.CodedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.lsradapt.io.TensorSource;
import org.lsradapt.io.internal.ArrayBytes;
import org.lsradapt.io.internal.AtomicFile;
import org.lsradapt.io.internal.StoredType;
import org.lsradapt.lsr.internal.CloseOnFailure;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The initializers (weights) of an ONNX model and the nodes that use them. This is enough to find a layer's weight, not
 * to run the model. Tensors of type FLOAT, stored as {@code raw_data} or {@code float_data}, can be read, and replaced
 * in a copy of the model; others are only listed.
 */
public final class OnnxInitializers implements TensorSource {

    /**
     * A node of the graph, as in {@code onnx.proto}.
     *
     * @param name may be empty
     * @param operator {@code op_type}, such as MatMul
     * @param inputs names of values, initializers among them; unmodifiable
     * @param integers the attributes that hold one integer, such as transB; unmodifiable
     */
    public record Node(
            String name, String operator, List<String> inputs, List<String> outputs, Map<String, Long> integers) {}

    /** Names that exporters give to the last hidden states. */
    private static final Set<String> HIDDEN_STATES = Set.of("last_hidden_state", "token_embeddings");

    private final String location;
    private final OnnxGraph graph;
    private final OnnxFile file;
    private volatile boolean closed;

    private OnnxInitializers(OnnxFile file, OnnxGraph graph) {
        location = file.location();
        this.file = file;
        this.graph = graph;
    }

    /** Opens a model file; refuses one that is not a readable ONNX model. */
    public static OnnxInitializers open(Path file) throws IOException {
        return of(OnnxFile.of(file));
    }

    /**
     * Opens a model on the class path: where it is, if its jar has it without compression; otherwise in native memory,
     * which is held until {@link #close()}.
     *
     * @param location the model, for messages
     * @throws IOException if it cannot be read or is not a readable ONNX model
     */
    public static OnnxInitializers open(String location, URL resource) throws IOException {
        return of(OnnxFile.of(location, resource));
    }

    /**
     * Reads a model of known length from a stream into native memory, which is held until {@link #close()}.
     *
     * @param in positioned at the model's first byte; not closed
     * @throws IOException if the stream is shorter or longer, or does not hold a readable ONNX model
     */
    public static OnnxInitializers read(String location, int length, InputStream in) throws IOException {
        return of(OnnxFile.of(location, length, in));
    }

    private static OnnxInitializers of(OnnxFile file) throws IOException {
        try (CloseOnFailure opened = new CloseOnFailure()) {
            opened.add(file::release);
            return opened.release(new OnnxInitializers(file, OnnxGraph.parse(file)));
        }
    }

    /** The nodes of the graph, in order; unmodifiable. */
    public List<Node> nodes() {
        return graph.nodes();
    }

    @Override
    public String location() {
        return location;
    }

    @Override
    public Set<String> names() {
        return graph.tensors().keySet();
    }

    @Override
    public long[] shape(String name) {
        return tensor(name).shape().clone();
    }

    @Override
    public DataType dataType(String name) {
        return tensor(name).isFloat() ? DataType.FLOAT : DataType.UNKNOWN;
    }

    @Override
    public INDArray read(String name) throws IOException {
        OnnxGraph.Tensor tensor = tensor(name);
        requireOpen("read of initializer '" + name + "'");
        if (!tensor.isFloat()) {
            throw new IOException(location + ": initializer '" + name + "' has data_type " + tensor.dataType()
                    + ", only FLOAT (1) inside the file can be read");
        }
        List<OnnxGraph.Span> data = tensor.data();
        ArrayBytes.Region region = data.size() == 1
                ? (offset, into) -> file.copy(data.get(0).offset() + offset, into)
                : ArrayBytes.sliced(gathered(data), 0);
        return ArrayBytes.read(StoredType.F32, tensor.shape(), region);
    }

    private ByteBuffer gathered(List<OnnxGraph.Span> data) throws IOException {
        ByteBuffer all = ByteBuffer.allocate(
                data.stream().mapToInt(OnnxGraph.Span::length).sum());
        for (OnnxGraph.Span span : data) {
            file.copy(span.offset(), all.limit(all.position() + span.length()));
        }
        return all.flip();
    }

    private void requireOpen(String use) {
        if (closed) {
            throw new IllegalStateException(location + ": " + use + " after close");
        }
    }

    /**
     * Writes this model to a file, with other numbers in some initializers; everything else is byte for byte the same.
     * One initializer at a time is in memory.
     *
     * @param file the file to create or replace, as a whole (see {@link AtomicFile})
     * @param replaced the new initializers: each has the name and shape of one of this model's, and both are FLOAT
     * @throws IllegalArgumentException if an initializer is not one of this model's or differs in shape or type
     * @throws IllegalStateException if this model is closed
     * @throws IOException if this model has external data, an initializer cannot be read or the file cannot be written;
     *     the message names the file
     */
    public void write(Path file, TensorSource replaced) throws IOException {
        write(file, replaced, List.of());
    }

    /**
     * Like {@link #write(Path, TensorSource)}, with a head after the nodes. Its logits are the only output.
     *
     * @throws IllegalArgumentException also if the head does not read an output of this model
     * @throws IOException also if the graph is in several parts, has a value with a name of the head's, or the file
     *     would be longer than 2 GiB
     */
    public void write(Path file, TensorSource replaced, OnnxHead head) throws IOException {
        if (graph.outputs().stream().noneMatch(output -> output.name().equals(head.hidden()))) {
            throw new IllegalArgumentException(location + ": has no output '" + head.hidden() + "'");
        }
        write(file, replaced, headEdits(head));
    }

    private List<Place> headEdits(OnnxHead head) throws IOException {
        if (graph.places().size() > 1) {
            throw new IOException(location + ": the graph is in "
                    + graph.places().size() + " parts, expected one to append a head to");
        }
        Optional<String> taken = Stream.concat(
                        graph.tensors().keySet().stream(),
                        graph.nodes().stream().flatMap(node -> node.outputs().stream()))
                .filter(name -> name.equals(OnnxHead.OUTPUT) || name.startsWith(OnnxHead.PREFIX))
                .findFirst();
        if (taken.isPresent()) {
            throw new IOException(
                    location + ": has a value '" + taken.get() + "', expected a model without a head of its own");
        }
        OnnxGraph.Place place = graph.places().get(0);
        byte[] fields = head.fields();
        long length = place.content().length() + (long) fields.length;
        List<Place> edits = new ArrayList<>();
        for (OnnxGraph.Output output : graph.outputs()) {
            edits.add(replacement(output.field(), new byte[0]));
            length -= output.field().length();
        }
        if (length + file.length() - place.content().length() > Integer.MAX_VALUE) {
            throw new IOException(location + ": with the head it would be longer than 2 GiB, where an ONNX model ends");
        }
        edits.add(replacement(place.prefix(), varint((int) length)));
        edits.add(replacement(new OnnxGraph.Span(place.content().end(), 0), fields));
        return edits;
    }

    private static Place replacement(OnnxGraph.Span span, byte[] bytes) {
        return new Place(span.offset(), copy -> copy.replace(span, bytes));
    }

    private static byte[] varint(int number) throws IOException {
        byte[] bytes = new byte[CodedOutputStream.computeUInt32SizeNoTag(number)];
        CodedOutputStream out = CodedOutputStream.newInstance(bytes);
        out.writeUInt32NoTag(number);
        out.flush();
        return bytes;
    }

    /** Returns the output with the last hidden states; if not just one qualifies, an exception lists all. */
    public String hiddenStates(int width) throws IOException {
        List<String> named = graph.outputs().stream()
                .map(OnnxGraph.Output::name)
                .filter(HIDDEN_STATES::contains)
                .toList();
        List<String> shaped = graph.outputs().stream()
                .filter(output -> output.sizes().size() == 3
                        && (output.sizes().get(2) == OnnxGraph.UNKNOWN
                                || output.sizes().get(2) == width))
                .map(OnnxGraph.Output::name)
                .toList();
        if (named.size() == 1) {
            return named.get(0);
        }
        if (shaped.size() == 1) {
            return shaped.get(0);
        }
        throw new IOException(location + ": has the outputs "
                + graph.outputs().stream()
                        .map(output -> output.name() + " " + output.sizes())
                        .toList()
                + ", expected one with hidden states, [batch, tokens, " + width + "], such as last_hidden_state");
    }

    private void write(Path target, TensorSource replaced, List<Place> edits) throws IOException {
        requireOpen("write to " + target);
        for (Map.Entry<String, OnnxGraph.Tensor> tensor : graph.tensors().entrySet()) {
            if (tensor.getValue().external()) {
                throw new IOException(location + ": initializer '" + tensor.getKey()
                        + "' has its data in another file, which is not supported");
            }
        }
        replaced.names().forEach(name -> requireSame(name, replaced));
        List<Place> places = new ArrayList<>(edits);
        graph.tensors().forEach((name, tensor) -> {
            if (replaced.has(name) && !tensor.data().isEmpty()) {
                places.add(new Place(tensor.data().get(0).offset(), copy -> {
                    try (INDArray array = replaced.read(name)) {
                        copy.replace(tensor.data(), array);
                    }
                }));
            }
        });
        places.sort(Comparator.comparingInt(Place::offset));
        AtomicFile.write(target, channel -> {
            OnnxCopy copy = new OnnxCopy(file, channel);
            for (Place place : places) {
                place.edit().to(copy);
            }
            copy.finish();
        });
    }

    @FunctionalInterface
    private interface Edit {
        void to(OnnxCopy copy) throws IOException;
    }

    /** A change, with the first byte that it changes. */
    private record Place(int offset, Edit edit) {}

    private void requireSame(String name, TensorSource replaced) {
        boolean same = Arrays.equals(shape(name), replaced.shape(name))
                && dataType(name) == DataType.FLOAT
                && replaced.dataType(name) == DataType.FLOAT;
        if (!same) {
            throw new IllegalArgumentException(location + ": initializer '" + name + "' is " + storage(name) + " "
                    + Arrays.toString(shape(name)) + ", its replacement " + replaced.dataType(name) + " "
                    + Arrays.toString(replaced.shape(name)) + "; expected FLOAT of one shape");
        }
    }

    /** Describes the storage of an initializer for messages: the format's name for its type, and whether it is external data. */
    public String storage(String name) {
        OnnxGraph.Tensor tensor = tensor(name);
        return OnnxGraph.typeName(tensor.dataType()) + (tensor.external() ? " in another file" : "");
    }

    /** Returns this model once more, to be closed separately; both share the file. */
    public synchronized OnnxInitializers share() {
        requireOpen("share");
        return new OnnxInitializers(file.shared(), graph);
    }

    private OnnxGraph.Tensor tensor(String name) {
        OnnxGraph.Tensor tensor = graph.tensors().get(name);
        if (tensor == null) {
            throw new IllegalArgumentException(location + ": there is no initializer '" + name + "'");
        }
        return tensor;
    }

    @Override
    public synchronized void close() throws IOException {
        if (!closed) {
            closed = true;
            file.release();
        }
    }
}
