package org.lsradapt.models.internal.chat;

import com.hubspot.jinjava.el.ExtendedSyntaxBuilder;
import com.hubspot.jinjava.el.ext.AdditionOperator;
import com.hubspot.jinjava.el.ext.AstNamedParameter;
import com.hubspot.jinjava.el.ext.ExtendedParser;
import com.hubspot.jinjava.el.ext.NamedParameterOperator;
import java.util.List;
import jinjava.de.odysseus.el.misc.TypeConverter;
import jinjava.de.odysseus.el.tree.impl.Builder;
import jinjava.de.odysseus.el.tree.impl.Parser;
import jinjava.de.odysseus.el.tree.impl.Scanner;
import jinjava.de.odysseus.el.tree.impl.ast.AstBinary;
import jinjava.de.odysseus.el.tree.impl.ast.AstNode;
import jinjava.de.odysseus.el.tree.impl.ast.AstUnary;
import jinjava.javax.el.ELException;

/**
 * Jinjava's expressions, bound as Python binds them where the two differ: {@code not} after comparisons and tests, the
 * value of a named argument last of all; and {@code [::-1]}.
 */
final class PythonSyntax extends ExtendedSyntaxBuilder {
    private static final long serialVersionUID = 1L;

    private static final AdditionOperator SUM = new Sum();

    PythonSyntax() {
        super(Feature.METHOD_INVOCATIONS, Feature.VARARGS);
    }

    @Override
    protected Parser createParser(String expression) {
        return new PythonParser(this, expression);
    }

    /** Does not take what is undefined for an empty text or the text "null". */
    private static final class Sum extends AdditionOperator {
        @Override
        protected Object apply(TypeConverter converter, Object left, Object right) {
            if (left == null || right == null) {
                throw new ELException("+ of a value that is undefined or none");
            }
            return super.apply(converter, left, right);
        }
    }

    private static final class PythonParser extends ExtendedParser {

        PythonParser(Builder context, String input) {
            super(context, input);
        }

        @Override
        protected AstNode expr(boolean required) throws Scanner.ScanException, ParseException {
            if (getToken().getSymbol() == Scanner.Symbol.IDENTIFIER && lookahead(0) == NamedParameterOperator.TOKEN) {
                String name = consumeToken().getImage();
                consumeToken();
                return new AstNamedParameter(identifier(name), super.expr(true));
            }
            return super.expr(required);
        }

        @Override
        protected AstNode unary(boolean required) throws Scanner.ScanException, ParseException {
            if (getToken().getSymbol() == Scanner.Symbol.NOT) {
                consumeToken();
                return createAstUnary(eq(true), AstUnary.NOT);
            }
            return super.unary(required);
        }

        @Override
        protected AstNode nonliteral() throws Scanner.ScanException, ParseException {
            AstNode list = super.nonliteral();
            if (list == null || !isReversing()) {
                return list;
            }
            for (int i = 0; i < 6; i++) {
                consumeToken();
            }
            return filter("list", filter("reverse", list));
        }

        @Override
        protected AstBinary createAstBinary(AstNode left, AstNode right, AstBinary.Operator operator) {
            return super.createAstBinary(left, right, operator == AdditionOperator.OP ? SUM : operator);
        }

        /** Whether {@code [::-1]} follows. */
        private boolean isReversing() throws Scanner.ScanException, ParseException {
            return getToken().getSymbol() == Scanner.Symbol.LBRACK
                    && lookahead(0).getSymbol() == Scanner.Symbol.COLON
                    && lookahead(1).getSymbol() == Scanner.Symbol.COLON
                    && lookahead(2).getSymbol() == Scanner.Symbol.MINUS
                    && lookahead(3).getImage().equals("1")
                    && lookahead(4).getSymbol() == Scanner.Symbol.RBRACK;
        }

        private AstNode filter(String name, AstNode value) {
            return createAstMethod(
                    createAstDot(identifier(FILTER_PREFIX + name), "filter", true),
                    createAstParameters(List.of(value, interpreter())));
        }
    }
}
