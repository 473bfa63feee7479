/** Parameters of queries, typed as the request says. */
import { type DuckDBValue, listValue } from '@duckdb/node-api';
import { invalid } from './problems.ts';

interface ParameterType {
  readonly type: string;
  readonly arrayType?: ParameterType;
}

interface ParameterValue {
  readonly value?: string | null;
  readonly arrayValues?: readonly ParameterValue[];
}

interface Parameter {
  readonly name?: string;
  readonly parameterType: ParameterType;
  readonly parameterValue: ParameterValue;
}

/** By name, or by number from 1 on. Throws a Problem. */
export function parametersOf(given: unknown): Readonly<Record<string, DuckDBValue>> {
  if (!Array.isArray(given)) return {};
  return Object.fromEntries(
    (given as Parameter[]).map(({ name, parameterType, parameterValue }, i) => [
      name ?? String(i + 1),
      parameterValueOf(parameterType, parameterValue),
    ]),
  );
}

function parameterValueOf(
  type: ParameterType,
  { value, arrayValues }: ParameterValue,
): DuckDBValue {
  if (type.arrayType !== undefined) {
    const { arrayType } = type;
    return listValue((arrayValues ?? []).map((one) => parameterValueOf(arrayType, one)));
  }
  if (value === null || value === undefined) return null;
  switch (type.type) {
    case 'INT64':
    case 'INTEGER':
      return BigInt(value);
    case 'FLOAT64':
    case 'FLOAT':
    case 'NUMERIC':
    case 'BIGNUMERIC':
      return Number(value);
    case 'BOOL':
    case 'BOOLEAN':
      return value === 'true';
    case 'STRING':
    case 'TIMESTAMP':
    case 'DATETIME':
    case 'DATE':
    case 'TIME':
    case 'JSON':
      return value;
    default:
      throw invalid(`The stand-in takes no query parameter of type ${type.type}`);
  }
}
