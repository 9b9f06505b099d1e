package org.lsradapt.models.internal.chat;

import com.hubspot.jinjava.el.TypeConvertingMapELResolver;
import com.hubspot.jinjava.el.ext.JinjavaListELResolver;
import com.hubspot.jinjava.interpret.JinjavaInterpreter;
import com.hubspot.jinjava.lib.exptest.ExpTest;
import com.hubspot.jinjava.lib.filter.Filter;
import com.hubspot.jinjava.objects.collections.PyList;
import com.hubspot.jinjava.util.ForLoop;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import jinjava.javax.el.CompositeELResolver;
import jinjava.javax.el.ELContext;
import jinjava.javax.el.ELException;
import jinjava.javax.el.ELResolver;
import org.jspecify.annotations.Nullable;

/**
 * Resolves what a template may ask of its values: elements of lists, entries of maps, the state of a loop, and the methods that are named here.
 * Nothing is found by reflection, so that no Java object is within reach.
 */
final class SafeResolver extends CompositeELResolver {

    SafeResolver() {
        add(new JinjavaListELResolver(true));
        add(new TypeConvertingMapELResolver(true));
        add(new Named());
    }

    private static final class Named extends ELResolver {

        @Override
        public @Nullable Object getValue(ELContext context, Object base, Object property) {
            context.setPropertyResolved(true);
            return base instanceof ForLoop loop ? ofLoop(loop, String.valueOf(property)) : null;
        }

        private static @Nullable Object ofLoop(ForLoop loop, String property) {
            return switch (property) {
                case "index" -> (long) loop.getIndex();
                case "index0" -> (long) loop.getIndex0();
                case "first" -> loop.isFirst();
                case "last" -> loop.isLast();
                case "length" -> (long) loop.getLength();
                case "revindex" -> (long) loop.getRevindex();
                case "revindex0" -> (long) loop.getRevindex0();
                default -> null;
            };
        }

        @Override
        public @Nullable Object invoke(
                ELContext context, Object base, Object method, Class<?>[] types, Object @Nullable [] parameters) {
            Object[] given = parameters == null ? new Object[0] : parameters;
            String name = String.valueOf(method);
            context.setPropertyResolved(true);
            if (base instanceof String text) {
                return PythonStrings.call(text, name, given);
            }
            if (base instanceof Filter filter && name.equals("filter")) {
                return ofFilter(filter, given);
            }
            if (base instanceof ExpTest test && name.startsWith("evaluate")) {
                boolean holds = test.evaluate(
                        given[0], (JinjavaInterpreter) given[1], Arrays.copyOfRange(given, 2, given.length));
                return holds == name.equals("evaluate");
            }
            if (base instanceof Map<?, ?> map) {
                return ofMap(map, name, given);
            }
            if (base instanceof PyList list && name.equals("append") && given.length == 1) {
                list.append(given[0]);
                return null;
            }
            throw new ELException(
                    "method " + name + " of " + (base == null ? "nothing" : "a value") + " is not supported");
        }

        @SuppressWarnings("unchecked")
        private static @Nullable Object ofFilter(Filter filter, Object... given) {
            return filter.filter(
                    given[0], (JinjavaInterpreter) given[1], (Object[]) given[2], (Map<String, Object>) given[3]);
        }

        private static @Nullable Object ofMap(Map<?, ?> map, String name, Object... given) {
            if (name.equals("get") && (given.length == 1 || given.length == 2)) {
                Object found = map.get(given[0]);
                return found != null || map.containsKey(given[0]) || given.length == 1 ? found : given[1];
            }
            return switch (given.length == 0 ? name : "") {
                case "items" ->
                    map.entrySet().stream()
                            .map(entry -> Arrays.asList(entry.getKey(), entry.getValue()))
                            .toList();
                case "keys" -> List.copyOf(map.keySet());
                case "values" -> map.values().stream().toList();
                default -> throw new ELException("method " + name + " of a map is not supported");
            };
        }

        @Override
        public @Nullable Class<?> getType(ELContext context, Object base, Object property) {
            return null;
        }

        @Override
        public void setValue(ELContext context, Object base, Object property, Object value) {
            throw new ELException("values cannot be set by " + property);
        }

        @Override
        public boolean isReadOnly(ELContext context, Object base, Object property) {
            return true;
        }

        @Override
        public java.util.@Nullable Iterator<java.beans.FeatureDescriptor> getFeatureDescriptors(
                ELContext context, Object base) {
            return null;
        }

        @Override
        public Class<?> getCommonPropertyType(ELContext context, Object base) {
            return Object.class;
        }
    }
}
