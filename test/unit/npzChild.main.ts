export { NpzError, readNpz } from "../../src/npz";
