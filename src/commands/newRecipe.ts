import { HostError } from "../host/errors";

export function newRecipe(): never {
  throw new HostError("Recipes arrive with the scaffold.");
}
