import { en, type Words } from './en';
export const hu: Words = { ...en, language: 'hu' };
