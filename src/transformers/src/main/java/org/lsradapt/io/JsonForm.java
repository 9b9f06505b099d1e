package org.lsradapt.io;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Function;
import org.lsradapt.io.internal.JsonFile;

/**
 * The fields of an object in a JSON file. Each field is declared once, with its name, its type and the source of its
 * value. The declaration serves writing and reading:
 *
 * <pre>{@code
 * static final JsonForm<Person> PERSON = new JsonForm<>();
 * static final JsonForm.Field<String> NAME = PERSON.text("name", Person::name);
 *
 * PERSON.write(person, node);
 * new Person(NAME.of(fields));
 * }</pre>
 *
 * <p>One thread declares the fields; any thread may use them then.
 *
 * @param <T> the type that the object describes
 */
public final class JsonForm<T> {
    private final Map<String, Function<T, ?>> values = new LinkedHashMap<>();

    /** A declared field; {@link #of} reads it, and throws as {@link JsonFields} does. */
    public interface Field<V> {
        /** Reads the field's value from an object. */
        V of(JsonFields object) throws IOException;
    }

    /** Reads a nested object; throws as {@link JsonFields} does. */
    public interface ObjectReading<V> {
        /** Returns the value that the object stands for. */
        V of(JsonFields object) throws IOException;
    }

    private interface Reading<V> {
        V of(JsonFields object, String name) throws IOException;
    }

    /** A string. */
    public Field<String> text(String name, Function<T, String> value) {
        return add(name, value, JsonFields::text);
    }

    /** True or false. */
    public Field<Boolean> flag(String name, Function<T, Boolean> value) {
        return add(name, value, JsonFields::flag);
    }

    /** An integer that fits in an int. */
    public Field<Integer> integer(String name, Function<T, Integer> value) {
        return add(name, value, JsonFields::integer);
    }

    /** An integer that fits in a long. */
    public Field<Long> longInteger(String name, Function<T, Long> value) {
        return add(name, value, JsonFields::longInteger);
    }

    /** A finite number. */
    public Field<Double> number(String name, Function<T, Double> value) {
        return add(name, value, JsonFields::number);
    }

    /** An array of strings. */
    public Field<List<String>> texts(String name, Function<T, List<String>> value) {
        return add(name, value, JsonFields::texts);
    }

    /** An array of integers that fit in an int. */
    public Field<List<Integer>> integers(String name, Function<T, List<Integer>> value) {
        return add(name, value, JsonFields::integers);
    }

    /**
     * A string that stands for a value.
     *
     * @param label maps a value to its string
     * @param named maps a string to its value; an {@link IllegalArgumentException} becomes an error of the field
     */
    public <V> Field<V> named(String name, Function<T, V> value, Function<V, String> label, Function<String, V> named) {
        return add(name, value.andThen(label), (object, field) -> object.meaning(field, named));
    }

    /**
     * A nested object.
     *
     * @param writing fills an empty object
     * @param reading reads the object back
     */
    public <V> Field<V> object(
            String name, Function<T, V> value, BiConsumer<V, ObjectNode> writing, ObjectReading<V> reading) {
        Function<V, ObjectNode> node = inner -> {
            ObjectNode filled = JsonFile.newObject();
            writing.accept(inner, filled);
            return filled;
        };
        return add(name, value.andThen(node), (object, field) -> reading.of(object.object(field)));
    }

    private <V> Field<V> add(String name, Function<T, ?> value, Reading<V> reading) {
        values.put(name, value);
        return object -> reading.of(object, name);
    }

    /** The names of all fields, in order. */
    public Set<String> names() {
        return values.keySet();
    }

    /** Adds all fields to an object. */
    public void write(T described, ObjectNode object) {
        values.forEach((name, value) -> object.set(name, JsonFile.node(value.apply(described))));
    }
}
